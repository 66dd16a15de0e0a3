"""A server with a thread for each connection, and its clients, in one process: descriptors come and go in all of them."""
import socket
import threading
s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(64); port=s.getsockname()[1]
def serve(c):
    with c:
        for i in range(20):
            d=c.recv(100)
            if not d: break
            with open('/etc/passwd','rb',0) as f: f.read(10)
            c.send(d)
def client():
    for j in range(25):
        c=socket.create_connection(('127.0.0.1',port))
        for i in range(10): c.send(b'x'*50); c.recv(100)
        c.close()
N=8
ts=[threading.Thread(target=client) for i in range(N)]
def accept():
    for i in range(25*N):
        c,_=s.accept(); threading.Thread(target=serve,args=(c,)).start()
a=threading.Thread(target=accept); a.start()
for t in ts: t.start()
for t in ts: t.join()
a.join()
