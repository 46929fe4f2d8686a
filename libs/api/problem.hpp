// SPDX-License-Identifier: Apache-2.0
// Errors as problem+json (RFC 9457). The catalogue lists each problem of a caller, the side at
// fault and the action to take. code_of() is the only mapping from the errors of the libraries
// below to the catalogue.
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
    std::string_view code;   // stable; for comparison by programs
    int status;              // HTTP status
    std::string_view title;  // one sentence, always the same for this code
    Fault fault;             // the side that must act
    int retry_after;         // seconds; 0 = a retry fails until the cause is fixed
    std::string_view action; // what to do
};

Problem problem(errc code);
errc code_of(const base::Error& error);

// `detail` names the wrong value or the limit for the caller. The title replaces an empty `detail`.
http::Response problem_response(errc code, std::string_view detail = {});
// Sends the detail of the error only if the caller is at fault. Logs all other errors here, once,
// with their detail. The exception is errc::store_locked, which queue logs.
http::Response problem_response(const base::Error& error);
// Answers with the catalogue entry of this code as JSON. errc::not_found: no such code.
http::Response explain(std::string_view code);

} // namespace api
