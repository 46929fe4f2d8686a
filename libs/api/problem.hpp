// SPDX-License-Identifier: Apache-2.0
// Errors as problem+json (RFC 9457): one catalogue of what can go wrong for a caller, whose fault
// it is and what to do, and the one translation into it from the errors of every library below.
#pragma once

#include "api/errc.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

#include <string>
#include <string_view>

namespace api {

enum class Fault { caller, peer, network, kurir };
std::string_view to_text(Fault fault);

struct Problem {
    std::string_view code;   // stable; what programs compare
    int status;              // of HTTP
    std::string_view title;  // one sentence, the same each time
    Fault fault;             // who must act
    int retry_after;         // seconds; 0 = the same request will fail again until somebody acted
    std::string_view action; // what they should do
};

Problem problem(errc code);
errc code_of(const base::Error& error);

// `detail` is for the caller: which value, which limit.
http::Response problem_response(errc code, std::string_view detail = {});
// Tells the caller the detail of its own mistakes only; what is our fault is logged here, once,
// with its detail.
http::Response problem_response(const base::Error& error);
// An entry of the catalogue as JSON, by its code; errc::not_found.
http::Response explain(std::string_view code);

} // namespace api
