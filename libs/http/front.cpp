// SPDX-License-Identifier: Apache-2.0
// Parses the client certificate that a proxy reports, in the two forms that proxies use.
#include "http/front.hpp"

namespace http {

namespace {

base::Result<crypto::Certificate> read_certificate(std::string_view value)
{
    // [RFC 9440 2.1] The value is a byte sequence of RFC 8941: the DER in base64 between colons.
    if (value.size() > 2 && value.front() == ':' && value.back() == ':') {
        const auto der = base::from_base64(value.substr(1, value.size() - 2));
        if (!der) return der.error();
        return crypto::Certificate::from_der(*der);
    }
    const auto all = crypto::Certificate::all_from_pem(base::percent_decode(value));
    if (!all) return all.error();
    if (all->size() > 1) return base::Error(errc::bad_request, "several certificates");
    return all->front();
}

} // namespace

base::Result<std::optional<crypto::Certificate>>
Front::told(const Headers& headers, base::Time now) const
{
    using Told = std::optional<crypto::Certificate>;
    // [RFC 9440 4] A second field could come from the client, which would then choose its identity.
    if (headers.has_many(certificate_header))
        return base::Error(errc::bad_request, certificate_header + " is there twice");
    const auto value = headers.get(certificate_header);
    // Proxies report "no certificate" by no header, an empty value or "::".
    if (!value || value->empty() || *value == "::") return Told();
    const auto certificate = read_certificate(*value);
    if (!certificate)
        return base::Error(
            errc::bad_request, certificate_header + ": " + certificate.error().text()
        );
    const auto verdict = issuers->judge(*certificate, {}, now);
    if (verdict == crypto::Trust::unknown_issuer)
        return base::Error(
            errc::not_identified,
            verdict.text() + "; if the client is wanted, add its CA certificate to the file of "
                             "tls_ca of this listener"
        );
    if (verdict != crypto::Trust::trusted) return base::Error(errc::not_identified, verdict.text());
    return Told(*certificate);
}

} // namespace http
