// SPDX-License-Identifier: Apache-2.0
// Maps the errors of every library to the catalogue, and writes catalogue entries as problem+json.
#include "api/problem.hpp"

#include "api/json.hpp"
#include "as4/errc.hpp"
#include "base/errors.hpp"
#include "base/log.hpp"
#include "crypto/errc.hpp"
#include "ebms/errc.hpp"
#include "envelope/errc.hpp"
#include "mime/errc.hpp"
#include "msh/errc.hpp"
#include "pmode/errc.hpp"
#include "queue/errc.hpp"
#include "wss/errc.hpp"
#include "xml/errc.hpp"

namespace api {

namespace {

errc code_of(base::errc code)
{
    switch (code) {
    case base::errc::bad_format:
        return errc::bad_request;
    case base::errc::too_large:
        return errc::too_large;
    case base::errc::disk_full:
        return errc::disk_full;
    case base::errc::sync_failed:
        return errc::store_failed;
    case base::errc::io_failed:
        return errc::store_failed;
    case base::errc::not_permitted:
    case base::errc::no_resources:
        return errc::store_unavailable;
    case base::errc::changed: // a payload file of the store
        return errc::payload_lost;
    case base::errc::not_found:
    case base::errc::already_exists:
    case base::errc::locked:
        return errc::internal;
    }
    return errc::internal;
}

errc code_of(xml::errc code)
{
    switch (code) {
    case xml::errc::not_well_formed:
        return errc::not_well_formed;
    case xml::errc::doctype:
        return errc::doctype;
    case xml::errc::limit:
        return errc::too_large;
    case xml::errc::not_expected:
        return errc::wrong_value;
    case xml::errc::canonical_form:
        return errc::internal;
    case xml::errc::unsupported_encoding:
        return errc::unsupported_encoding;
    case xml::errc::wrong_encoding:
        return errc::wrong_encoding;
    }
    return errc::internal;
}

errc code_of(envelope::errc code)
{
    switch (code) {
    case envelope::errc::not_xhe:
        return errc::not_xhe;
    case envelope::errc::incomplete:
        return errc::incomplete_document;
    case envelope::errc::wrong_value:
        return errc::wrong_value;
    }
    return errc::internal;
}

errc code_of(pmode::errc code)
{
    switch (code) {
    case pmode::errc::unknown_peer:
        return errc::no_route;
    case pmode::errc::no_match:
    case pmode::errc::inconsistent:
        return errc::not_agreed;
    case pmode::errc::unknown_preset:
    case pmode::errc::invalid:
    // In messages that we send, the party ids come from the configuration.
    case pmode::errc::untyped_party:
        return errc::configuration;
    }
    return errc::internal;
}

errc code_of(queue::errc code)
{
    switch (code) {
    case queue::errc::not_found:
        return errc::not_found;
    case queue::errc::conflict:
        return errc::conflict;
    case queue::errc::wrong_state:
        return errc::wrong_state;
    case queue::errc::stopped:
        return errc::stopping;
    case queue::errc::gone:
        return errc::payload_gone;
    case queue::errc::locked:
        return errc::store_locked;
    case queue::errc::unavailable:
        return errc::store_unavailable;
    case queue::errc::payload_lost:
        return errc::payload_lost;
    case queue::errc::newer_schema:
    case queue::errc::damaged:
    case queue::errc::failed:
        return errc::store_failed;
    }
    return errc::internal;
}

errc code_of(msh::errc code)
{
    switch (code) {
    case msh::errc::not_your_participant:
        return errc::not_your_participant;
    case msh::errc::sender_not_served:
        return errc::sender_not_served;
    case msh::errc::stopping:
        return errc::stopping;
    case msh::errc::busy:
        return errc::busy;
    case msh::errc::no_such_peer:
        return errc::no_such_peer;
    case msh::errc::bad_form:
        return errc::bad_form;
    case msh::errc::bad_value:
        return errc::bad_value;
    case msh::errc::text_too_large:
        return errc::text_too_large;
    case msh::errc::too_compressible:
        return errc::too_compressible;
    case msh::errc::disk_short:
        return errc::disk_full;
    case msh::errc::queue_full:
        return errc::queue_full;
    case msh::errc::log_long:
        return errc::log_full;
    case msh::errc::store_locked:
        return errc::store_locked;
    case msh::errc::clock_in_doubt:
        return errc::clock_in_doubt;
    case msh::errc::certificate_invalid:
        return errc::certificate_invalid;
    case msh::errc::time_over: // occurs for attempts, never for requests
        return errc::internal;
    case msh::errc::drained:
        return errc::drained;
    }
    return errc::internal;
}

// At a door, these errors are about the caller's request. Errors of an exchange with a peer are
// recorded in the message's attempts.
errc code_of(http::errc code)
{
    switch (code) {
    case http::errc::too_large:
        return errc::too_large;
    case http::errc::timeout_before:
        return errc::request_timeout;
    case http::errc::bad_request:
        return errc::bad_request;
    case http::errc::not_identified:
        return errc::unauthorized;
    case http::errc::closed:
    case http::errc::broken_before:
        return errc::request_broken;
    case http::errc::cannot_resolve:
    case http::errc::cannot_connect:
    case http::errc::tls_failed:
    case http::errc::server_certificate:
    case http::errc::certificate_refused:
    case http::errc::own_certificate_invalid:
    case http::errc::certificate_demanded:
    case http::errc::proxy_refused:
    case http::errc::timeout_after:
    case http::errc::broken_after:
        return errc::peer_unreachable;
    case http::errc::bad_response:
        return errc::peer_answer;
    case http::errc::bad_url:
    case http::errc::listen_failed:
    case http::errc::bad_tls_files:
        return errc::configuration;
    case http::errc::source_failed:
        return errc::internal;
    }
    return errc::internal;
}

errc code_of(as4::errc code)
{
    switch (code) {
    case as4::errc::too_large:
        return errc::too_large;
    // The gzip octets are our own: the store wrote them.
    case as4::errc::decompression:
        return errc::internal;
    case as4::errc::not_a_user_message:
    case as4::errc::part_mismatch:
    case as4::errc::not_authorised:
    case as4::errc::part_digest:
    case as4::errc::not_encrypted:
    case as4::errc::too_early:
    case as4::errc::bad_part_property:
    case as4::errc::not_served:
    case as4::errc::conflicting_repeat:
    case as4::errc::untimely:
    case as4::errc::no_timestamp:
    case as4::errc::timestamp_expired:
    case as4::errc::timestamp_ahead:
    case as4::errc::only_signals:
    case as4::errc::answer_empty:
    case as4::errc::answer_unreadable:
    case as4::errc::receipt_unsigned:
    case as4::errc::receipt_signer:
    case as4::errc::receipt_signature:
    case as4::errc::receipt_reference:
    case as4::errc::receipt_ambiguous:
    case as4::errc::unknown_subject:
    case as4::errc::signer_untrusted:
    case as4::errc::signer_untimely:
    case as4::errc::signer_unfit:
    case as4::errc::receipt_signer_untrusted:
    case as4::errc::receipt_signer_untimely:
    case as4::errc::receipt_signer_unfit:
        return errc::peer_answer;
    case as4::errc::form_differs:
    case as4::errc::too_many_forms:
        return errc::internal;
    }
    return errc::internal;
}

} // namespace

errc code_of(const base::Error& error)
{
    const auto& category = error.code.category();
    const int value = error.code.value();
    if (category == api::category()) return static_cast<errc>(value);
    if (category == base::category()) return code_of(static_cast<base::errc>(value));
    if (category == xml::category()) return code_of(static_cast<xml::errc>(value));
    if (category == envelope::category()) return code_of(static_cast<envelope::errc>(value));
    if (category == pmode::category()) return code_of(static_cast<pmode::errc>(value));
    if (category == queue::category()) return code_of(static_cast<queue::errc>(value));
    if (category == msh::category()) return code_of(static_cast<msh::errc>(value));
    if (category == http::category()) return code_of(static_cast<http::errc>(value));
    if (category == as4::category()) return code_of(static_cast<as4::errc>(value));
    // Errors in a peer's message never reach a door. Errors of crypto, wss and mime at a door are
    // our own failures.
    if (category == ebms::category()) return errc::peer_answer;
    return errc::internal;
}

http::Response problem_response(errc code, std::string_view detail)
{
    const auto entry = problem(code);
    auto body = to_json(entry);
    body["detail"] = detail.empty() ? entry.title : detail;
    auto response = json_response(entry.status, body);
    response.headers = {};
    response.headers.set("Content-Type", "application/problem+json");
    if (entry.status == 401) response.headers.set("WWW-Authenticate", "Bearer");
    if (entry.status == 503) response.headers.set("Retry-After", std::to_string(entry.retry_after));
    return response;
}

http::Response problem_response(const base::Error& error)
{
    const auto code = code_of(error);
    const auto entry = problem(code);
    if (entry.fault == Fault::caller) return problem_response(code, error.detail);
    // queue logs the lock once, not for each request.
    if (code == errc::store_locked) return problem_response(code);
    // A 503 such as busy or stopping is intended behaviour, so the level is only warning.
    // store_failed is the exception.
    const auto level = entry.status == 503 && code != errc::store_failed ? base::Level::warning
                                                                         : base::Level::error;
    base::log(
        entry.fault == Fault::kurir ? level : base::Level::info, "request_failed",
        {{"code", std::string(entry.code)}, {"error", error.text()}}
    );
    return problem_response(code);
}

http::Response explain(std::string_view code)
{
    for (int value = 1; value <= static_cast<int>(last_errc); ++value) {
        const auto entry = problem(static_cast<errc>(value));
        if (entry.code == code) return json_response(200, to_json(entry));
    }
    return problem_response(errc::not_found, "no problem has this code");
}

} // namespace api
