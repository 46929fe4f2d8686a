// SPDX-License-Identifier: Apache-2.0
// The texts for each error code.
#include "msh/who_acts.hpp"

#include "ebms/error_code.hpp"
#include "http/errc.hpp"
#include "msh/errc.hpp"

#include <array>
#include <utility>

namespace msh {

namespace {

// [EBMS 6.7][AS4 3] The meaning of a peer's signed error for both operators.
constexpr auto of_peer = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"EBMS:0003", "operator and peer: compare party ids, services and properties of the P-Mode"},
    {"EBMS:0004", "operator: ask the peer; it is its own reason, not the message's form"},
    {"EBMS:0010", "peer: configure this access point and its P-Mode; operator: compare the P-Mode "
                  "(kurird --check prints ours)"},
    {"EBMS:0101", "peer: accept our signing certificate or its CA; operator: send it to the peer "
                  "(the file of node.certificate), or renew it if it has expired"},
    {"EBMS:0102", "operator: get the peer's current encryption certificate and set "
                  "encryption_certificate of its [[peer]]"},
    {"EBMS:0103", "operator and peer: compare the security settings of the P-Mode (kurird --check "
                  "prints ours)"},
});

std::string of(const ebms::Error& error)
{
    // [DIGG TP-AS4 2.5]
    if (error.detail.find("NOT_SERVICED") != std::string::npos ||
        error.description.find("NOT_SERVICED") != std::string::npos)
        return "sender: correct the recipient; operator: or correct participants of the [[peer]]";
    for (const auto& [code, act] : of_peer)
        if (error.code == code) return std::string(act);
    return "operator: see cause, and ask the peer";
}

std::string of(http::errc failure)
{
    using http::errc;
    switch (failure) {
    case errc::cannot_resolve:
        return "operator: check the host in url of the [[peer]] and the DNS of this machine";
    case errc::cannot_connect:
    case errc::timeout_before:
    case errc::timeout_after:
    case errc::broken_before:
    case errc::broken_after:
        return "peer: its server does not answer; operator: check url and the firewalls between";
    case errc::tls_failed:
        return "operator and peer: compare TLS versions and cipher suites";
    case errc::server_certificate:
        return "operator: see cause, and correct tls_ca or url of the [[peer]]; peer: renew its "
               "TLS "
               "certificate, if cause says that it has expired";
    case errc::certificate_refused:
        return "peer: accept our TLS client certificate or its CA; operator: or set another (see "
               "cause)";
    case errc::own_certificate_invalid:
        return "operator: renew the TLS client certificate that cause names, then restart kurird; "
               "or wait, if it is not yet valid";
    case errc::certificate_demanded:
        return "operator: set tls_key and tls_certificate of [send] or of the [[peer]]";
    case errc::proxy_refused:
        return "operator: see cause and the log of the proxy";
    case errc::bad_response:
    case errc::too_large:
        return "peer: answer with HTTP and an AS4 signal; operator: check url";
    default:
        return "operator: see cause";
    }
}

} // namespace

std::string who_acts(const Outcome& outcome)
{
    if (outcome.answer) {
        const auto* const error = std::get_if<as4::PeerError>(&*outcome.answer);
        return error ? of(deciding_error(*error, outcome.http_status)) : std::string();
    }
    const auto& error = outcome.answer.error();
    const auto& category = error.code.category();
    if (category == http::category()) return of(static_cast<http::errc>(error.code.value()));
    if (category == as4::category()) return as4::error_answer(error).act;
    const bool held = error.code == errc::certificate_invalid;
    if (held && outcome.passes)
        return "nobody, if the date of this machine is right: sending goes on at " +
               base::to_text(*outcome.passes);
    if (held) return "operator: replace the certificate that cause names, then restart kurird";
    return "operator: see cause";
}

} // namespace msh
