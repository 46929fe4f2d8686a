// SPDX-License-Identifier: Apache-2.0
// Converts OpenSSL's verify result to text.
#include "http/tls_verdict.hpp"

#include "crypto/native.hpp"

#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace http {

namespace {

using Cause = TlsRefusal::Cause;

constexpr int max_names = 10;

Cause cause_of(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return Cause::time;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return Cause::issuer;
    case X509_V_ERR_HOSTNAME_MISMATCH:
        return Cause::name;
    default:
        return Cause::other;
    }
}

// Returns the subjectAltName as OpenSSL prints it: "DNS:ap.example, IP Address:192.0.2.1".
std::string names_in(X509* certificate)
{
    auto* const names = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    );
    if (!names) return "no host name";
    const crypto::native::Bio text(BIO_new(BIO_s_mem()));
    const int count = std::min(sk_GENERAL_NAME_num(names), max_names);
    for (int i = 0; text && i < count; ++i) {
        if (i > 0) BIO_puts(text.get(), ", ");
        GENERAL_NAME_print(text.get(), sk_GENERAL_NAME_value(names, i));
    }
    GENERAL_NAMES_free(names);
    return text ? crypto::native::written(text.get()).substr(0, 500) : std::string();
}

} // namespace

TlsRefusal refusal_of(
    X509_STORE_CTX* verification, bool chain_verified, const std::string& host, base::Time now
)
{
    if (chain_verified) X509_STORE_CTX_set_error(verification, X509_V_ERR_HOSTNAME_MISMATCH);
    const int error = X509_STORE_CTX_get_error(verification);
    const int depth = X509_STORE_CTX_get_error_depth(verification);
    X509* const current = X509_STORE_CTX_get_current_cert(verification);
    TlsRefusal refusal{cause_of(error), X509_verify_cert_error_string(error)};
    if (refusal.cause == Cause::name)
        refusal.text = "the certificate is not for " + host + " but for " + names_in(current);
    if (depth > 0) refusal.text += " (a CA in the chain, depth " + std::to_string(depth) + ")";
    if (const auto copy = current ? crypto::native::copy_of(current) : std::nullopt)
        refusal.text += ": " + crypto::described(*copy);
    if (refusal.cause == Cause::time) refusal.text += "; the date here is " + base::to_text(now);
    return refusal;
}

std::optional<crypto::Certificate> own_certificate(SSL* tls)
{
    X509* const own = SSL_get_certificate(tls);
    return own ? crypto::native::copy_of(own) : std::nullopt;
}

bool lacks_certificate(const boost::system::error_code& error)
{
    return error.category() == boost::asio::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(error.value())) ==
               SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
}

} // namespace http
