// The commands. Each returns its exit status and prints what it has to say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/parsed_options.h"
#include "core/engine/registry.h"

namespace latimer {

using CommandLine = std::optional<std::vector<std::string>>;  // CMD and its arguments; nullopt: no "--"

int run_capture_command(const Registry& registry, const CommandSpec& command, const ParsedOptions& options,
                        const CommandLine& argv);
int run_validate(const Registry& registry, const ParsedOptions& options, const CommandLine& argv);
int run_overhead(const Registry& registry, const ParsedOptions& options, const CommandLine& argv);
int run_diff(const Registry& registry, const ParsedOptions& options);
int run_doctor(const Registry& registry, const ParsedOptions& options);
int run_backends(const Registry& registry, const ParsedOptions& options);
int run_help(const ParsedOptions& options);

// The whole program: argv without argv[0].
int run_latimer(const Registry& registry, const std::vector<std::string>& arguments);

}  // namespace latimer
