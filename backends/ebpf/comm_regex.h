// The regular expressions and globs that the kernel side can match, as automata.
#pragma once

#include <string_view>

#include "backends/ebpf/comm_nfa.h"
#include "core/model/result.h"

namespace latimer::ebpf {

// A shell glob for the whole name. Precondition: NamePattern accepted it.
Result<Fragment> parse_comm_glob(CommNfa& nfa, std::string_view glob);

// RE2's language as far as it has automata over bytes: literals, . [..] \d \w \s \D \W \S, ^ $ \A \z, | ( )
// (?: ), * + ? {n,m} and their lazy forms, a leading (?i). Refused with the place: \b, Unicode classes,
// characters beyond ASCII inside [ ]. Precondition: RE2 accepted it.
Result<Fragment> parse_comm_regex(CommNfa& nfa, std::string_view regex);

}  // namespace latimer::ebpf
