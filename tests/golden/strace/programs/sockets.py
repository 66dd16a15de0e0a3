"""TCP, UDP, unix (named, abstract, pairs, passed descriptors) and netlink sockets, and the unnamed kinds of files."""
import array
import os
import select
import socket
import threading

server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
client.sendall(b"over tcp\n")
peer.recv(100)
six = socket.socket(socket.AF_INET6)
six.bind(("::1", 0))
six.listen()
six_client = socket.create_connection(six.getsockname()[:2])
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
udp.sendto(b"over udp", udp.getsockname())
udp.recvfrom(100)
named = socket.socket(socket.AF_UNIX)
named.bind("/tmp/rec/a->b] \"<s>\".sock")
named.listen()
to_named = socket.socket(socket.AF_UNIX)
to_named.connect("/tmp/rec/a->b] \"<s>\".sock")
from_named, _ = named.accept()
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
abstract.bind(b"\0abstract) = 3 <0.1>")
left, right = socket.socketpair()
left.sendmsg([b"take this"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [server.fileno()]))])
right.recvmsg(100, socket.CMSG_SPACE(16))
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
netlink.bind((0, 0))
# RTM_GETLINK for all links
netlink.send(bytes.fromhex("20000000 1200 0103 01000000 00000000 11 00 0000 00000000 00000000 00000000"))
netlink.recv(65536)
refused = socket.socket()
free = socket.socket()
free.bind(("127.0.0.1", 0))
address = free.getsockname()
free.close()
try:
    refused.connect(address)
except ConnectionRefusedError:
    pass
reader, writer = os.pipe()
poller = select.epoll()
poller.register(reader, select.EPOLLIN)
poller.poll(0)
event = os.eventfd(3)
os.eventfd_read(event)
memory = os.memfd_create("mem<fd>")
os.ftruncate(memory, 4096)
own = os.pidfd_open(os.getpid())
terminal, terminal_side = os.openpty()
null = os.open("/dev/null", os.O_RDWR)
os.write(null, b"gone")
later = threading.Timer(0.02, lambda: os.write(writer, b"x"))
later.start()
poller.poll(5)
later.join()
for name in "server client peer six six_client udp named to_named from_named abstract left right netlink refused".split():
    globals()[name].close()
for file in (reader, writer, event, memory, own, terminal, terminal_side, null):
    os.close(file)
