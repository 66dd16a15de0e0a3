"""Files whose names look like strace's own punctuation."""
import os

NAMES = [
    b"plain", b"new\nline", b'quo"te', b"back\\slash", b"a<b>c", b"),(", b") = 0", b"f) = 3 <0.000001>", b"eq=uals",
    b"arrow->", b"end-", b"sp ace", b"tab\there", "gr\u00fc\u00df-\u96ea".encode(), b"bad\xff\xfeutf8", b"bell\x07\x1b[31m",
    b" <unfinished ...>", b"<... read resumed>", b"--- SIGCHLD {x} ---", b"+++ exited with 0 +++", b"[x]", b"{y}",
    b"/*z*/".replace(b"/", b"|"), b"TCP:[1", b"0123456789abcdef0123456789abcdef0123456789",
]
folder = b"/tmp/rec/odd \"<dir>\" = 1"
os.mkdir(folder)
os.chdir(folder)
for name in NAMES:
    file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    os.write(file, b"text of " + name + b"\n")
    os.fsync(file)
    os.lseek(file, 0, os.SEEK_SET)
    os.read(file, 200)
    copy = os.dup(file)
    os.unlink(name)
    os.fstat(copy)
    os.close(copy)
    os.close(file)
    try:
        os.stat(name)
    except FileNotFoundError:
        pass
os.rmdir(folder)
