// SPDX-License-Identifier: Apache-2.0
// Texts for a failed handshake. The advice depends on the cause, because the cause decides who can
// fix the problem.
#include "http/tls_failure.hpp"

#include "crypto/trust.hpp"
#include "http/tls_verdict.hpp"

namespace http {

namespace {

using Cause = TlsRefusal::Cause;

std::string remedy(Cause cause, const Destination& destination)
{
    switch (cause) {
    case Cause::issuer:
        return "; if it is the peer's, add its CA certificate to the file of " + destination.ca_key;
    case Cause::time:
        return "; the peer must renew it, unless the date here is wrong";
    case Cause::name:
        return "; correct the host in url, or set tls_name, of the [[peer]]";
    case Cause::other:
        return {};
    }
    return {};
}

} // namespace

base::Error refused_certificate(
    const Connection& connection, const error_code& error, const Url& url,
    const Destination& destination
)
{
    const auto said = url.authority() + ": " + error.message();
    const auto own = connection.own_certificate();
    if (!own)
        return base::Error(
            errc::certificate_demanded, said + "; set " + destination.certificate_key
        );
    const auto verdict = crypto::judge_validity(*own, base::now());
    const auto& key = destination.certificate_key;
    if (verdict == crypto::Trust::not_yet_valid)
        return base::Error(
            errc::own_certificate_invalid, said + "; ours: " + verdict.text() +
                                               "; wait until it is valid, or set another in " + key
        );
    if (verdict != crypto::Trust::trusted)
        return base::Error(
            errc::own_certificate_invalid, said + "; ours: " + verdict.text() + "; renew " + key +
                                               " and restart kurird, unless the date here is wrong"
        );
    return base::Error(
        errc::certificate_refused,
        said + "; ours: " + crypto::described(*own) +
            "; the peer must accept it or its CA, or you set another in " + key
    );
}

base::Error tls_failure(
    const Connection& connection, const error_code& error, const Url& url,
    const Destination& destination
)
{
    if (error == asio::error::timed_out)
        return base::Error(errc::timeout_before, "TLS with " + url.authority());
    if (connection.refused_us(error))
        return refused_certificate(connection, error, url, destination);
    const auto& refusal = connection.refusal();
    if (!refusal) return base::Error(errc::tls_failed, url.authority() + ": " + error.message());
    return base::Error(
        errc::server_certificate,
        url.authority() + ": " + refusal->text + remedy(refusal->cause, destination)
    );
}

std::string tls_failure(const Connection& connection, const error_code& error)
{
    if (const auto& refusal = connection.refusal())
        return "client certificate refused: " + refusal->text +
               (refusal->cause == Cause::issuer
                    ? "; if the client is wanted, add its CA certificate to the file of tls_ca of "
                      "this listener"
                    : "");
    if (lacks_certificate(error))
        return "the client showed no certificate, which tls_client = \"required\" of this listener "
               "demands";
    return error.message();
}

} // namespace http
