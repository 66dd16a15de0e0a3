"""--backend auto, with and without the privileges that ebpf needs. A plain user is made of root with setpriv."""
import json
import os
import shutil
import subprocess
import sys

import support

PLAIN = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]


def as_plain_user(*command, **options):
    return subprocess.run([*PLAIN, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False,
                          timeout=support.PATIENCE, env=support.environment(), cwd="/", **options)


class Auto(support.Case):
    @classmethod
    def setUpClass(cls):
        names = [b["name"] for b in json.loads(support.run("doctor", "-f", "json").stdout)["backends"]]
        if names != ["ebpf", "strace"]:
            raise support.unittest.SkipTest(f"this build has {names}")

    def test_root_gets_ebpf_without_a_word(self):
        if support.run("doctor", "-b", "ebpf").returncode != 0:
            self.skipTest("ebpf cannot be used here")
        result = support.run("latency", "-f", "json", "-o", "-", "--", "true")
        self.assertEqual(result.stderr, b"")
        self.assertEqual(json.loads(result.stdout)["backend"], "ebpf")

    def test_a_plain_users_command_gets_strace_and_one_line_that_says_why(self):
        result = as_plain_user(support.LATIMER, "latency", "-f", "json", "-o", "-", "--", "true")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["backend"], "strace")
        self.assertRegex(result.stderr.decode(), r"^latimer: using strace, not ebpf: [^\n]*CAP_BPF[^\n]*\n$")

    def test_a_plain_users_process_is_not_given_to_ptrace_unasked(self):
        target = subprocess.Popen([*PLAIN, "sleep", "60"])
        self.addCleanup(target.wait)
        self.addCleanup(target.kill)
        result = as_plain_user(support.LATIMER, "latency", "-p", str(target.pid), "-d", "1")
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        text = result.stderr.decode()
        self.assertIn("ebpf cannot be used here", text)
        self.assertRegex(text, r"sudo|setcap|root")
        self.assertIn("-b strace", text)
        self.assertEqual(support.tracer_of(target.pid), 0)

    def test_the_whole_host_is_not_offered_to_strace(self):
        result = as_plain_user(support.LATIMER, "latency", "-a", "-d", "1")
        self.assertEqual(result.returncode, 1)
        self.assertNotIn(b"-b strace", result.stderr)

    def test_doctor_of_a_plain_user(self):
        result = as_plain_user(support.LATIMER, "doctor", "-f", "json")
        self.assertEqual(result.returncode, 0)
        ebpf, strace = json.loads(result.stdout)["backends"]
        self.assertTrue(strace["available"])
        self.assertFalse(ebpf["available"])
        self.assertTrue(any(check["fix"] for check in ebpf["checks"] if check["outcome"] in ("missing", "fails")))


if __name__ == "__main__":
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        print("skipped: needs root and setpriv to be somebody else")
        sys.exit(support.SKIP)
    if as_plain_user(support.LATIMER, "--version").returncode != 0:
        print(f"skipped: a plain user may not execute {support.LATIMER}")
        sys.exit(support.SKIP)
    support.main(needs_backend=False)
