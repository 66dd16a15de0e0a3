"""Help, version, manual page, backends: what needs no capture."""
import shutil
import subprocess

import support
from support import run


class Help(support.Case):
    def test_help_goes_to_standard_output(self):
        for arguments in (["help"], ["-h"], ["--help"], ["help", "latency"], ["count", "-h"], ["doctor", "--help"], ["backends", "-h"]):
            with self.subTest(arguments=arguments):
                result = run(*arguments)
                self.assertEqual((result.returncode, result.stderr), (0, b""))
                self.assertLess(result.stdout.index(b"Examples"), result.stdout.index(b"Usage"))
                self.assertLessEqual(max(map(len, result.stdout.splitlines())), 100)

    def test_nothing_at_all_is_a_usage_error(self):
        result = run()
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertIn(b"Commands", result.stderr)

    def test_version(self):
        self.assertRegex(run("--version").stdout.decode(), r"^latimer \d+\.\d+\.\d+\n$")

    def test_unknown_topics(self):
        self.assert_usage(run("help", "latncy"), "latency")

    def test_the_manual_page_is_sound(self):
        page = run("help", "--man").stdout
        self.assertTrue(page.startswith(b".TH LATIMER 1"))
        for section in (b"NAME", b"SYNOPSIS", b"OPTIONS", b"EXIT STATUS", b"SIGNALS"):
            self.assertIn(b".SH " + section, page)
        groff = shutil.which("groff")
        if groff is None:
            self.skipTest("groff is not installed")
        checked = subprocess.run([groff, "-man", "-Tutf8", "-ww", "-z"], input=page, stderr=subprocess.PIPE, check=True)
        self.assertEqual(checked.stderr, b"")

    def test_backends(self):
        result = run("backends")
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"strace", result.stdout)
        self.assertIn(b"costs", result.stdout)

    def test_commands_that_start_nothing_refuse_a_command(self):
        self.assert_usage(run("doctor", "--", "true"), "starts no command")


if __name__ == "__main__":
    support.main(needs_backend=False)
