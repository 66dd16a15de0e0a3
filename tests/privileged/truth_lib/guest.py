"""What other_kernels runs inside the VM, in sh as nothing else is there, and the reading of what it leaves."""
import json
import os
import re
import shlex
import subprocess

from . import runner

ATTACH_ONLY = {"hung"}

# keep CASE COMMAND...: leaves CASE.out, CASE.err and CASE.status behind. A report goes to CASE.json.
PRELUDE = """
cd /tmp; chmod 1777 $OUT
keep() { c=$1; shift; timeout 120 "$@" >$OUT/$c.out 2>$OUT/$c.err; echo $? >$OUT/$c.status; }
# attached CASE PREFIX...: a workload that waits at its gate, latimer attached by `PREFIX latimer ... -p` to it.
attached() {
  c=$1; shift
  rm -f gate said; mkfifo gate; chmod 666 gate; : >said; chmod 666 said
  $AS latimer-workload --gate --linger loop 1000 <gate >said & load=$!
  exec 9>gate
  tries=0
  until grep -q ready said || [ $tries -ge 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  $AS "$@" -f json -o $OUT/$c.json -p $(cut -d' ' -f2 said) >$OUT/$c.out 2>$OUT/$c.err 9>&- & tracer=$!
  # Attached once it holds links and no new one has come for a while.
  links=0 tries=0
  while [ $tries -lt 100 ]; do
    now=$(cat /proc/$tracer/fdinfo/* 2>/dev/null | grep -c link_type)
    [ $now -lt 2 ] || [ $now != $links ] || break
    links=$now tries=$((tries + 1)); sleep 0.7
  done
  printf g >&9
  until grep -q scenario said || ! kill -0 $load; do sleep 0.1; done
  # A background job of sh ignores SIGINT.
  kill -TERM $tracer; wait $tracer; echo $? >$OUT/$c.status
  cat said >>$OUT/$c.out
  exec 9>&-; wait $load
}
"""

# With its path: a busybox shell takes its own setpriv otherwise, which lacks these options.
AS_USER = "/usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups"
# By number: CAP_PERFMON and CAP_BPF are younger than some setpriv's list of names.
AS_HOLDER = f"{AS_USER} --inh-caps +cap_38,+cap_39 --ambient-caps +cap_38,+cap_39"

PRIVILEGES = {
    "user": "auto as a plain user",
    "user-ebpf": "-b ebpf as a plain user",
    "user-doctor": "doctor as a plain user",
    "caps-doctor": "doctor with CAP_BPF, CAP_PERFMON",
    "caps-command": "CMD with CAP_BPF, CAP_PERFMON",
    "caps-attached": "-p with CAP_BPF, CAP_PERFMON",
    "no-btf": "-b ebpf without BTF",
}

# What the programs read of the callers' memory; the last command fails.
TRACE_SCRIPT = """
keep trace latimer trace -b ebpf -o $OUT/trace.csv -- sh -c 'echo hello >/tmp/greeting; cat /tmp/greeting | cat >/dev/null; (cat </tmp/greeting); cat /tmp/absent'
"""

PRIVILEGE_SCRIPT = f"""
keep user {AS_USER} latimer latency -f json -o $OUT/user.json -- latimer-workload loop 100
keep user-ebpf {AS_USER} latimer latency -b ebpf -- true
keep user-doctor {AS_USER} latimer doctor
keep caps-doctor {AS_HOLDER} latimer doctor
keep caps-command {AS_HOLDER} latimer latency -f json -o $OUT/caps-command.json -- latimer-workload loop 1000
AS="{AS_HOLDER}" attached caps-attached latimer latency
mount -t tmpfs t /sys/kernel/btf
keep no-btf latimer latency -b ebpf -- true
"""

REFUSAL_SCRIPT = PRELUDE + """
keep ebpf latimer latency -b ebpf -- true
keep auto latimer latency -f json -o $OUT/auto.json -- latimer-workload loop 100
keep doctor latimer doctor
exit 0
"""


def scenarios(root):
    """The list in CMakeLists.txt beside us: ctest's own."""
    with open(os.path.join(root, "tests/privileged/CMakeLists.txt"), encoding="utf-8") as file:
        return re.search(r"set\(scenarios([^)]*)\)", file.read()).group(1).split()


def truth_script(names, ways):
    lines = [PRELUDE, "cp /usr/bin/latimer-workload suid; chown nobody suid; chmod 4755 suid", "keep doctor latimer doctor"]
    for way in ways:
        how = shlex.join([*runner.WAYS[way], *runner.ROOM.get(way, ())])
        for name in names:
            more = " -- /tmp/suid" if name == "setuid-exec" else ""
            lines.append(f"keep {name}.{way} latimer latency {how} -f json -o $OUT/{name}.{way}.json -- latimer-workload {name}{more}")
        lines.append(f"AS= attached attached-loop.{way} latimer latency {how}")
    return "\n".join(lines) + TRACE_SCRIPT + PRIVILEGE_SCRIPT + "exit 0\n"


class Result:
    def __init__(self, folder):
        self.folder = folder

    def text(self, case, kind):
        try:
            with open(os.path.join(self.folder, f"{case}.{kind}"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def status(self, case):
        text = self.text(case, "status").strip()
        return int(text) if text else None

    def report(self, case):
        text = self.text(case, "json")
        return json.loads(text) if text else None


def run(vm, kernel, script, folder, options):
    """Runs the script in a VM; what it leaves in $OUT is in the folder afterwards."""
    done = subprocess.run([*vm, "-k", kernel, "-o", folder, *options, script], capture_output=True, text=True,
                          errors="replace", check=False)
    if done.returncode in (2, 124, 125) or not os.path.isdir(folder):
        raise SystemExit(f"the VM failed with {done.returncode}: {done.stderr[-2000:]}")
    return Result(folder)
