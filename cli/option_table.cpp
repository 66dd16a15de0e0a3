#include "cli/option_table.h"

#include <algorithm>

namespace latimer {
namespace {

constexpr OptionSpec kOptions[] = {
    {Opt::pid, OptGroup::target, "pid", 'p', "PID[,PID...]",
     "Watch these running processes, all threads of each.", true},
    {Opt::comm, OptGroup::target, "comm", '\0', "GLOB|/RE/",
     "Watch processes by name (at most 15 bytes): a shell glob that fits the whole name, or a /regular "
     "expression/."},
    {Opt::cgroup, OptGroup::target, "cgroup", '\0', "PATH",
     "Watch a cgroup (v2) and all below it: a folder under /sys/fs/cgroup, or its path from there."},
    {Opt::container, OptGroup::target, "container", '\0', "ID",
     "Watch the container whose cgroup has ID in its name."},
    {Opt::all, OptGroup::target, "all", 'a', "", "Watch the whole host, Latimer itself left out."},
    {Opt::input, OptGroup::target, "input", '\0', "FILE",
     "Read what was recorded instead: traces (latimer trace), logs that strace wrote, the files of strace "
     "-ff "
     "(trace.*) or their folder, what perf recorded (perf.data) or printed (perf script, perf trace), and "
     "what "
     "Latimer's bpftrace program printed; packed by gzip or zstd, too; - for standard input. Whose it is "
     "shows in "
     "its first lines, also in a pipe, but not in a named one: there -b tells. May be repeated, with logs of "
     "different tracers.",
     true},
    {Opt::input_flags, OptGroup::target, "input-flags", '\0', "FLAGS",
     "With --input: what strace was called with, as \"-f -tt\", where the log alone does not tell."},
    {Opt::scenario, OptGroup::target, "scenario", '\0', "NAME",
     "Only this workload; a NAME that there is not lists all. May be repeated.", true},
    {Opt::every_scenario, OptGroup::target, "all", '\0', "", "With validate: all workloads (the default)."},
    {Opt::user, OptGroup::target, "user", '\0', "NAME", "Run CMD as this user (name or number; needs root)."},
    {Opt::follow, OptGroup::target, "follow", '\0', "",
     "With -p: watch children started later, too. CMD's are watched anyway."},
    {Opt::no_follow, OptGroup::target, "no-follow", '\0', "", "Do not watch the children of CMD."},
    {Opt::command, OptGroup::target, "command", '\0', "\"CMD ARGS...\"",
     "Run this, as after --. With anything in it that means something to a shell (|, >, *, $ ...) a shell "
     "runs it."},
    {Opt::until_exit, OptGroup::target, "until-exit", '\0', "",
     "End when CMD itself ends, even if children that it left behind still run."},
    {Opt::backend, OptGroup::capture, "backend", 'b', "auto|ebpf|strace|perftrace|bpftrace",
     "Who watches. auto takes ebpf where it is permitted, else strace for a CMD (and says so)."},
    {Opt::mode, OptGroup::capture, "mode", '\0', "aggregate|stream",
     "ebpf only. aggregate (default) adds up in the kernel; stream sends every call to user space, which "
     "costs more."},
    {Opt::perf_mode, OptGroup::capture, "perf-mode", '\0', "record|live",
     "perftrace only. record (default) has perf record write a file and reads that at the end; live reads "
     "what "
     "perf trace prints, which costs the target some eighty times more."},
    {Opt::trace, OptGroup::capture, "trace", 'e', "CALLS",
     "Only these calls, as strace takes them: names, numbers, %file %network %process ..., /RE/, ! in front "
     "for all others."},
    {Opt::by, OptGroup::capture, "by", '\0', "syscall|process|thread|comm|cgroup",
     "Tell apart who made the calls."},
    {Opt::duration, OptGroup::capture, "duration", 'd', "TIME",
     "Stop watching after this time (10, 500ms, 2m, 1h); a CMD goes on and is waited for."},
    {Opt::interval, OptGroup::capture, "interval", 'i', "TIME",
     "Print what happened every so often, then everything at the end."},
    {Opt::ring_size, OptGroup::capture, "ring-size", '\0', "SIZE",
     "ebpf in stream mode, perftrace, bpftrace. Buffer between kernel and user space, for all CPUs (64K, "
     "8M)."},
    {Opt::map_memory, OptGroup::capture, "map-memory", '\0', "SIZE",
     "ebpf only. Upper limit for tables in the kernel (default 64M)."},
    {Opt::jobs, OptGroup::capture, "jobs", 'j', "N",
     "With --input: threads that read the log (default: one for each CPU, 4 at most). The result is the "
     "same."},
    {Opt::backends, OptGroup::comparison, "backends", '\0', "NAME[,NAME...]",
     "Only these backends, or ways of using them, as ebpf-aggregate or perftrace-live (default: all that can "
     "be used here)."},
    {Opt::workload, OptGroup::comparison, "workload", '\0', "NAME[,NAME...]",
     "Only these of getppid, dd-512, dd-1m, write-fsync, compile, sqlite, redis-get, redis-set, cpu and fio "
     "(default: all but fio); dd and redis are both of each."},
    {Opt::runs, OptGroup::comparison, "runs", '\0', "N",
     "Repeat everything so many times (overhead: 9; validate: 1, with a CMD 5; to compare durations it takes "
     "10)."},
    {Opt::peers, OptGroup::comparison, "peers", '\0', "",
     "Measure other people's tracers, too: strace, perf, bpftrace and syscount. One that is missing is a "
     "failure."},
    {Opt::seed, OptGroup::comparison, "seed", '\0', "N",
     "What the random order is made from (default: the time); it is printed."},
    {Opt::timeout, OptGroup::comparison, "timeout", '\0', "TIME",
     "End a run that takes longer: to start, to work, or to leave (default 2m for each)."},
    {Opt::workload_program, OptGroup::comparison, "workload-program", '\0', "FILE",
     "latimer-workload, where it is not found by itself."},
    {Opt::output, OptGroup::output, "output", 'o', "FILE",
     "Write the report there instead; - is standard output."},
    {Opt::trace_output, OptGroup::output, "output", 'o', "FILE",
     "Record into this file; - is standard output. What ends with .zst is packed."},
    {Opt::max_size, OptGroup::output, "max-size", '\0', "SIZE",
     "Stop when the file has this size (64K, 100M, 2G); with --rotate, go on in another one."},
    {Opt::rotate, OptGroup::output, "rotate", '\0', "N",
     "With --max-size: go on in FILE.2.csv, FILE.3.csv ..., and keep the latest N of them all."},
    {Opt::format, OptGroup::output, "format", 'f', "text|json|csv", "Format of the report (default text)."},
    {Opt::document_format, OptGroup::output, "format", 'f', "text|json|markdown",
     "Format of the result of validate or overhead (default text)."},
    {Opt::analysis_format, OptGroup::output, "format", 'f', "text|json|markdown|html",
     "Format of the report (default: by the end of the file's name, .md, .html or .json; else text)."},
    {Opt::histogram_format, OptGroup::output, "format", 'f', "text|json|svg",
     "Format of the histogram (default: by the end of the file's name, .svg or .json; else text)."},
    {Opt::syscall, OptGroup::capture, "syscall", '\0', "NAME", "The system call."},
    {Opt::buckets, OptGroup::capture, "buckets", '\0', "log2|linear|TIME,TIME...",
     "Where the bars begin and end: doubling (default), of equal width, or at these times (10us,50us,1ms)."},
    {Opt::histogram_by, OptGroup::capture, "by", '\0', "all|thread|fd|path",
     "Tell apart who made the calls, or what they were about; those with the most calls first (--top N, "
     "default 5)."},
    {Opt::before, OptGroup::comparison, "before", '\0', "FILE", "A run of the one side (A). May be repeated.",
     true},
    {Opt::after, OptGroup::comparison, "after", '\0', "FILE", "A run of the other side (B). May be repeated.",
     true},
    {Opt::fail_if, OptGroup::comparison, "fail-if", '\0', "CONDITIONS",
     "End with status 4 when one holds: read.p99 > 1.2x, write.count > +10%, total.errors > 0. A comma or "
     "'or' stands "
     "between conditions of which one is enough; those joined by 'and' have to hold together. With 'surely' "
     "at its "
     "end one holds only if the whole interval says so. Status 1 when these runs cannot tell."},
    {Opt::convert_output, OptGroup::output, "output", 'o', "FILE", "Write there; - is standard output."},
    {Opt::report_output, OptGroup::output, "output", 'o', "FILE",
     "Write the report there: FILE.md, FILE.html or FILE.json; - is standard output."},
    {Opt::sort, OptGroup::output, "sort", '\0', "KEY",
     "Order of the rows: total, count, avg, max, p99, errors or name."},
    {Opt::top, OptGroup::output, "top", '\0', "N",
     "Print only the first N rows (default in text: 100; of analyze 10 of each table, of diff 20; all in "
     "json and csv)."},
    {Opt::histogram, OptGroup::output, "histogram", '\0', "", "Print the full distribution of every row."},
    {Opt::color, OptGroup::output, "color", '\0', "auto|always|never",
     "Colour the text. auto: on a terminal, unless NO_COLOR is set or TERM is dumb."},
    {Opt::fail_on_loss, OptGroup::output, "fail-on-loss", '\0', "",
     "Exit with status 3 when the report is INCOMPLETE. A CMD's own failure comes first."},
    {Opt::man, OptGroup::other, "man", '\0', "", "Print the manual page (troff)."},
    {Opt::version, OptGroup::other, "version", 'V', "", "Print the version."},
    {Opt::help, OptGroup::other, "help", 'h', "", "Print this help."},
};

constexpr Opt kLatencyOptions[] = {
    Opt::pid,         Opt::comm,       Opt::cgroup, Opt::container,    Opt::all,        Opt::input,
    Opt::input_flags, Opt::user,       Opt::follow, Opt::no_follow,    Opt::until_exit, Opt::backend,
    Opt::mode,        Opt::perf_mode,  Opt::trace,  Opt::by,           Opt::duration,   Opt::interval,
    Opt::ring_size,   Opt::map_memory, Opt::jobs,   Opt::output,       Opt::format,     Opt::sort,
    Opt::top,         Opt::histogram,  Opt::color,  Opt::fail_on_loss, Opt::help};

constexpr Opt kCountOptions[] = {
    Opt::pid,         Opt::comm,       Opt::cgroup,       Opt::container, Opt::all,        Opt::input,
    Opt::input_flags, Opt::user,       Opt::follow,       Opt::no_follow, Opt::until_exit, Opt::backend,
    Opt::mode,        Opt::perf_mode,  Opt::trace,        Opt::by,        Opt::duration,   Opt::interval,
    Opt::ring_size,   Opt::map_memory, Opt::jobs,         Opt::output,    Opt::format,     Opt::sort,
    Opt::top,         Opt::color,      Opt::fail_on_loss, Opt::help};

constexpr Opt kAnalyzeOptions[] = {Opt::input, Opt::input_flags, Opt::backend,         Opt::trace,
                                   Opt::jobs,  Opt::output,      Opt::analysis_format, Opt::sort,
                                   Opt::top,   Opt::histogram,   Opt::color,           Opt::fail_on_loss,
                                   Opt::help};
constexpr Opt kReportOptions[] = {
    Opt::input,           Opt::input_flags, Opt::backend, Opt::trace,        Opt::jobs, Opt::report_output,
    Opt::analysis_format, Opt::sort,        Opt::top,     Opt::fail_on_loss, Opt::help};

constexpr Opt kDiffOptions[] = {Opt::trace,           Opt::before, Opt::after, Opt::fail_if, Opt::output,
                                Opt::document_format, Opt::top,    Opt::color, Opt::help};
constexpr Opt kConvertOptions[] = {Opt::input, Opt::input_flags,    Opt::backend,      Opt::trace,
                                   Opt::jobs,  Opt::convert_output, Opt::fail_on_loss, Opt::help};
constexpr Opt kHistogramOptions[] = {
    Opt::input,        Opt::input_flags, Opt::backend,          Opt::jobs, Opt::syscall, Opt::buckets,
    Opt::histogram_by, Opt::output,      Opt::histogram_format, Opt::top,  Opt::color,   Opt::fail_on_loss,
    Opt::help};

constexpr Opt kTraceOptions[] = {Opt::pid,       Opt::comm,       Opt::cgroup,       Opt::container,
                                 Opt::all,       Opt::command,    Opt::user,         Opt::follow,
                                 Opt::no_follow, Opt::until_exit, Opt::backend,      Opt::perf_mode,
                                 Opt::trace,     Opt::duration,   Opt::ring_size,    Opt::trace_output,
                                 Opt::max_size,  Opt::rotate,     Opt::fail_on_loss, Opt::help};

constexpr Opt kValidateOptions[] = {
    Opt::scenario, Opt::every_scenario,  Opt::backends,  Opt::runs,
    Opt::seed,     Opt::timeout,         Opt::ring_size, Opt::workload_program,
    Opt::output,   Opt::document_format, Opt::color,     Opt::help};
constexpr Opt kDoctorOptions[] = {Opt::backend, Opt::format, Opt::color, Opt::help};
constexpr Opt kOverheadOptions[] = {Opt::backends, Opt::workload, Opt::runs,   Opt::peers,
                                    Opt::seed,     Opt::timeout,  Opt::output, Opt::document_format,
                                    Opt::color,    Opt::help};
constexpr Opt kBackendsOptions[] = {Opt::color, Opt::help};
constexpr Opt kHelpOptions[] = {Opt::man, Opt::help};

constexpr Example kLatencyExamples[] = {
    {"latimer latency -- find /usr/include -name '*.h'", "run a command and see what its system calls cost"},
    {"latimer -- make -j4", "the same; latency is the default"},
    {"sudo latimer latency -p 1234 -d 10", "watch a running process for ten seconds"},
    {"sudo latimer latency -a -i 1 --by comm --top 15", "the whole host, every second, by program"},
    {"latimer latency -e %file --histogram -- ls -lR /etc",
     "only calls that take a path, with full distributions"},
    {"latimer latency --input app.strace.gz", "a log that strace wrote, on whatever machine"},
    {"perf script | latimer latency --input -", "what perf record -e 'raw_syscalls:*' saw"},
    {"sudo latimer latency -b perftrace -- ./app", "the same by perf record, at once: another witness"},
    {"latimer latency -f json -o run.json -- ./app", "for programs: docs/schema.md describes the fields"},
};
constexpr Example kCountExamples[] = {
    {"latimer count -- ls /", "how often each system call is made"},
    {"sudo latimer count -p 1234 -i 1", "rates, every second, until Ctrl-C"},
    {"zcat old.gz | latimer count --input -", "a log that strace wrote, from a pipe"},
    {"sudo latimer count --container 3f2a91 --by process -d 30", "who in a container makes most calls"},
};
constexpr Example kAnalyzeExamples[] = {
    {"latimer analyze --input run.csv --top 10", "what a recorded run spent its time on, and on which files"},
    {"latimer analyze app.strace.gz", "the same of a log that strace wrote, on whatever machine"},
    {"latimer analyze --input run.csv -e %file -f json -o run.json",
     "only calls that take a path, for programs"},
};
constexpr Example kReportExamples[] = {
    {"latimer report --input run.csv --output run.md", "for a ticket or a wiki"},
    {"latimer report --input run.csv.zst -o run.html",
     "a page of its own, with charts, that needs no network"},
};
constexpr Example kDiffExamples[] = {
    {"latimer diff before.csv after.csv", "what changed, call by call"},
    {"latimer diff --before a1.csv --before a2.csv --before a3.csv --after b1.csv --after b2.csv --after "
     "b3.csv",
     "several runs of each: how much runs differ by themselves is known then"},
    {"latimer diff before.csv after.csv --fail-if 'read.p99 > 1.2x, total.errors > 0'", "a gate for CI"},
};
constexpr Example kConvertExamples[] = {
    {"latimer convert --input run.csv -o run.json",
     "then open run.json in ui.perfetto.dev or chrome://tracing"},
    {"latimer convert app.strace -o app.json", "the same of a log that strace wrote"},
};
constexpr Example kHistogramExamples[] = {
    {"latimer histogram --input run.csv --syscall read", "how long the reads took"},
    {"latimer histogram --input run.csv --syscall read --by path --buckets 10us,50us,100us,500us,1ms,10ms",
     "file by file, in bars of your own"},
    {"latimer histogram --input run.csv --syscall fsync -f svg -o fsync.svg", "as a picture"},
};
constexpr Example kTraceExamples[] = {
    {"latimer trace -o run.csv -- make", "record every system call of a command"},
    {"sudo latimer trace -p 1234 -d 10 -o server.csv.zst", "of a running process for ten seconds, packed"},
    {"sudo latimer trace -a --max-size 500M --rotate 4 -o host.csv", "of the whole host, the latest 2 GB"},
    {"sudo latimer trace --pid 1234 --duration 10 --output f.csv", "the same in long words"},
    {"latimer trace --command \"ls -l /etc\" --output ls.csv", "a command in one word"},
};
constexpr Example kValidateExamples[] = {
    {"sudo latimer validate", "every backend on every workload of known truth, once"},
    {"sudo latimer validate --scenario sleep --scenario tcp --runs 10", "two of them, and their durations"},
    {"latimer validate --backends strace", "without privileges"},
    {"sudo latimer validate --runs 5 -- make -s", "do the backends see the same of this command?"},
    {"sudo latimer validate -f json -o validate.json", "for programs"},
};
constexpr Example kDoctorExamples[] = {
    {"latimer doctor", "try every backend, and how to mend what fails"},
    {"latimer doctor -b ebpf -f json", "one backend, for programs"},
};
constexpr Example kOverheadExamples[] = {
    {"sudo latimer overhead", "what each backend costs the usual workloads; some twenty minutes"},
    {"sudo latimer overhead --backends ebpf --workload redis --runs 5", "a part of it"},
    {"sudo latimer overhead --backends ebpf,strace -- ./app", "what tracing would do to a program of yours"},
    {"sudo latimer overhead --peers -f markdown -o overhead.md",
     "beside strace, perf, bpftrace and syscount"},
};
constexpr Example kBackendsExamples[] = {{"latimer backends", "what each backend sees, needs and costs"}};
constexpr Example kHelpExamples[] = {
    {"latimer help latency", "options and examples of one command"},
    {"latimer help --man | man -l -", "the manual page"},
};

constexpr CommandSpec kCommands[] = {
    {"latency",
     "[OPTIONS] -- CMD [ARGS...]  or  [OPTIONS] -p PID | --comm GLOB | --cgroup PATH | --container ID | -a | "
     "--input FILE",
     "how long each system call takes",
     "Runs CMD, watches what already runs, or reads what strace or perf recorded, and prints for each system "
     "call "
     "how often it was made, how it "
     "failed, and how long "
     "it took; calls that wait by nature stand apart, calls that have not returned are listed with their "
     "age. Ctrl-C ends the "
     "capture and prints; a second one ends Latimer at once. In both cases what is watched goes on running.",
     kLatencyExamples, kLatencyOptions},
    {"count",
     "[OPTIONS] -- CMD [ARGS...]  or  [OPTIONS] -p PID | --comm GLOB | --cgroup PATH | --container ID | -a | "
     "--input FILE",
     "how often each system call is made", "Like latency, without durations, which makes it cheaper.",
     kCountExamples, kCountOptions},
    {"trace",
     "[OPTIONS] -o FILE -- CMD [ARGS...]  or  [OPTIONS] -o FILE -p PID | --comm GLOB | --cgroup PATH | "
     "--container ID | -a",
     "record every system call into a file",
     "Writes one row of CSV for each call: when, how long, who, which, what came back, the file or peer that "
     "it was about, "
     "and its arguments. What is lost on the way is counted and said. The file can be read while it grows, "
     "and as far as it "
     "goes when Latimer is killed. latimer latency --input FILE reads it back; docs/trace-format.md "
     "describes it.",
     kTraceExamples, kTraceOptions},
    {"analyze", "[OPTIONS] --input FILE...", "what a recorded run spent its time on",
     "Reads a trace that latimer trace recorded, or a log of strace, perf or bpftrace, and tells by kind of "
     "work, process, "
     "thread, file, peer and system call where the time went. Descriptors are followed through the calls "
     "that open, copy and "
     "close them; what nobody opened in the log is told as unknown.",
     kAnalyzeExamples, kAnalyzeOptions},
    {"diff", "[OPTIONS] A B  or  [OPTIONS] --before A... --after B...", "what changed between recorded runs",
     "Compares traces or logs call by call: counts, errors and latencies, with the interval that holds the "
     "truth 95 times of 100 and "
     "a verdict (slower, faster, same, unclear). With several runs on each side the run is the unit; with "
     "one, the comparison is "
     "about these two runs.",
     kDiffExamples, kDiffOptions},
    {"convert", "[OPTIONS] --input FILE... --output FILE.json",
     "a recorded run as a picture in time, for Perfetto",
     "Writes every recorded call as a slice on its thread's track, in the JSON that ui.perfetto.dev and "
     "chrome://tracing open.",
     kConvertExamples, kConvertOptions},
    {"histogram", "[OPTIONS] --input FILE... --syscall NAME",
     "how the durations of one system call are distributed",
     "Reads what was recorded and draws how long one system call took, together or by thread, descriptor or "
     "file; says so when "
     "the durations lie in several humps.",
     kHistogramExamples, kHistogramOptions},
    {"report", "[OPTIONS] --input FILE... --output FILE.md|.html|.json", "the same as a document",
     "Like analyze, as Markdown, as one HTML page without network access, or as JSON.", kReportExamples,
     kReportOptions},
    {"validate", "[OPTIONS]  or  [OPTIONS] -- CMD [ARGS...]", "whether the tracers tell the truth here",
     "Runs programs that know which system calls they make under one backend after the other, in random "
     "order, and "
     "holds what each tells against that truth: counts and errors exactly, sleeps by what was asked for, the "
     "books. "
     "With ten runs or more durations are compared, too. With CMD, of which no truth is known, the backends "
     "are held "
     "against each other; what varies from run to run by itself is not held against anybody; what CMD prints "
     "is not shown. The exit status "
     "is 0 "
     "when all agree, 1 when not.",
     kValidateExamples, kValidateOptions},
    {"overhead", "[OPTIONS] [-- CMD [ARGS...]]", "what tracing costs, here and now",
     "Runs workloads with and without each backend, in random order, and prints how much slower they were, "
     "with "
     "the interval that holds the truth 95 times of 100; what each call got longer; the tracer's CPU and "
     "memory; "
     "events lost; the time that it took to start and to leave. Nobody else may trace the host meanwhile, "
     "and "
     "runs during which others compute on it are repeated. Latimer's promises about its cost are judged by "
     "the "
     "whole interval; the exit status is 1 when one is missed or a run failed.",
     kOverheadExamples, kOverheadOptions},
    {"doctor", "[OPTIONS]", "what works on this host, and the fix for what does not",
     "Tests every backend for real: loads it, attaches it and traces a child. The exit status is 0 when at "
     "least one works.",
     kDoctorExamples, kDoctorOptions},
    {"backends", "", "the ways to watch, what each sees and costs", "", kBackendsExamples, kBackendsOptions},
    {"help", "[COMMAND]", "help on a command, or the manual page", "", kHelpExamples, kHelpOptions},
};

}  // namespace

std::span<const CommandSpec> all_commands() { return kCommands; }

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::span<const OptionSpec> all_options() { return kOptions; }

const OptionSpec& option_spec(Opt id) {
  return *std::find_if(std::begin(kOptions), std::end(kOptions),
                       [id](const OptionSpec& spec) { return spec.id == id; });
}

std::string_view to_string(OptGroup group) {
  switch (group) {
    case OptGroup::target:
      return "What to watch";
    case OptGroup::capture:
      return "How to watch";
    case OptGroup::comparison:
      return "What to compare";
    case OptGroup::output:
      return "What to print";
    case OptGroup::other:
      return "Other";
  }
  return "Other";
}

}  // namespace latimer
