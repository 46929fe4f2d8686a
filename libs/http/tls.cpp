// SPDX-License-Identifier: Apache-2.0
// TLS contexts and the few questions put to OpenSSL directly; http's only file that does so.
// TLS 1.2 at least, no compression, no renegotiation, forward secrecy with AES-GCM only [eDelivery
// AS4 1.15; DIGG TP-AS4].
#include "http/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

namespace http {

namespace ssl = boost::asio::ssl;
using Context = std::shared_ptr<ssl::context>;

namespace {

constexpr std::uint64_t file_limit = 4 * 1024 * 1024;
constexpr const char* default_list = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                     "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* default_suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";

base::Error unusable(const std::string& what)
{
    const auto code = ERR_get_error();
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return base::Error(errc::bad_tls_files, reason ? what + ": " + reason : what);
}

base::Result<base::Bytes> read(const base::Path& path)
{
    auto octets = base::read_file(path, file_limit);
    if (!octets)
        return base::Error(errc::bad_tls_files, path.string() + ": " + octets.error().text());
    return octets;
}

// TLS 1.3 suites begin with "TLS_"; OpenSSL takes them by another call than the list of TLS 1.2.
base::Result<> set_ciphers(SSL_CTX* context, const std::string& ciphers)
{
    std::string list;
    std::string suites;
    for (std::size_t at = 0; at < ciphers.size();) {
        const auto end = std::min(ciphers.find_first_of(": ,", at), ciphers.size());
        const auto name = ciphers.substr(at, end - at);
        auto& into = name.starts_with("TLS_") ? suites : list;
        if (!name.empty()) into += (into.empty() ? "" : ":") + name;
        at = end + 1;
    }
    if (list.empty()) list = default_list;
    if (suites.empty()) suites = default_suites;
    if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1) return unusable("ciphers");
    if (SSL_CTX_set_ciphersuites(context, suites.c_str()) != 1) return unusable("ciphers");
    return {};
}

base::Result<> set_version(SSL_CTX* context, const std::string& least)
{
    if (least != "1.2" && least != "1.3")
        return base::Error(errc::bad_tls_files, "TLS version " + least);
    SSL_CTX_set_min_proto_version(context, least == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    return {};
}

base::Result<> use_key(ssl::context& context, const TlsFiles& files)
{
    std::error_code ignored;
    const auto mode = std::filesystem::status(files.key, ignored).permissions();
    if (!ignored && (mode & std::filesystem::perms::others_read) != std::filesystem::perms::none)
        return base::Error(
            errc::bad_tls_files, files.key.string() + ": everybody may read this private key"
        );
    const auto chain = read(files.certificate);
    if (!chain) return chain.error();
    auto key = read(files.key);
    if (!key) return key.error();
    ERR_clear_error();
    boost::system::error_code error;
    context.use_certificate_chain(boost::asio::buffer(*chain), error);
    if (error)
        return base::Error(
            errc::bad_tls_files, files.certificate.string() + ": " + error.message()
        );
    context.use_private_key(boost::asio::buffer(*key), ssl::context::pem, error);
    std::fill(key->begin(), key->end(), '\0');
    if (error) return base::Error(errc::bad_tls_files, files.key.string() + ": " + error.message());
    if (SSL_CTX_check_private_key(context.native_handle()) != 1)
        return unusable(files.key.string());
    return {};
}

base::Result<> accept_issuers(SSL_CTX* context, const base::Path& path)
{
    const auto pem = read(path);
    if (!pem) return pem.error();
    const auto issuers = crypto::Certificate::all_from_pem(*pem);
    if (!issuers)
        return base::Error(errc::bad_tls_files, path.string() + ": " + issuers.error().text());
    for (const auto& issuer : *issuers) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), issuer.native()) != 1)
            return unusable(path.string());
        SSL_CTX_add_client_CA(context, issuer.native()); // what a server tells its clients; copied
    }
    return {};
}

// A passphrase is never asked for at a terminal.
int no_passphrase(char*, int, int, void*)
{
    return 0;
}

base::Result<Context> make_context(ssl::context::method method, const TlsFiles& files)
{
    auto context = std::make_shared<ssl::context>(method);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_options(
        native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE
    );
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(native, 1);
    SSL_CTX_set_default_passwd_cb(native, no_passphrase);
    if (auto done = set_version(native, files.least_version); !done) return done.error();
    if (auto done = set_ciphers(native, files.ciphers); !done) return done.error();
    return context;
}

} // namespace

base::Result<Context> server_context(const TlsFiles& files)
{
    auto context = make_context(ssl::context::tls_server, files);
    if (!context) return context;
    SSL_CTX* native = (*context)->native_handle();
    if (auto done = use_key(**context, files); !done) return done.error();
    // Sessions of clients with certificates are resumed only under an id of our own.
    constexpr std::string_view id = "kurir";
    SSL_CTX_set_session_id_context(
        native, reinterpret_cast<const unsigned char*>(id.data()), id.size()
    );
    if (files.client == ClientCertificate::none) return context;
    if (files.ca.empty())
        return base::Error(
            errc::bad_tls_files, "client certificates are asked for, but no CA is set"
        );
    if (auto done = accept_issuers(native, files.ca); !done) return done.error();
    const bool required = files.client == ClientCertificate::required;
    SSL_CTX_set_verify(
        native, required ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER,
        nullptr
    );
    return context;
}

base::Result<Context> client_context(const TlsFiles& files)
{
    auto context = make_context(ssl::context::tls_client, files);
    if (!context) return context;
    SSL_CTX* native = (*context)->native_handle();
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
    if (!files.key.empty() || !files.certificate.empty()) {
        if (auto done = use_key(**context, files); !done) return done.error();
    }
    if (files.ca.empty()) {
        if (SSL_CTX_set_default_verify_paths(native) != 1)
            return unusable("the system's CA certificates");
        return context;
    }
    if (auto done = accept_issuers(native, files.ca); !done) return done.error();
    return context;
}

boost::system::error_code name_server(SSL* tls, const std::string& host)
{
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    if (!not_an_address) return {};
    // What SSL_set_tlsext_host_name() stands for; the macro casts in the old style.
    void* name = const_cast<char*>(host.c_str());
    if (SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name) == 1)
        return {};
    const auto code = static_cast<int>(ERR_get_error());
    return boost::system::error_code(code, boost::asio::error::get_ssl_category());
}

std::optional<crypto::Certificate> certificate_of_peer(SSL* tls)
{
    X509* peer = SSL_get0_peer_certificate(tls);
    if (!peer) return std::nullopt;
    unsigned char* octets = nullptr;
    const int size = i2d_X509(peer, &octets);
    if (size <= 0) return std::nullopt;
    const base::Bytes der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    OPENSSL_free(octets);
    auto certificate = crypto::Certificate::from_der(der);
    if (!certificate) return std::nullopt;
    return *certificate;
}

bool is_refusal(const boost::system::error_code& error)
{
    if (error.category() != boost::asio::error::get_ssl_category()) return false;
    constexpr std::array alerts = {
        SSL_AD_HANDSHAKE_FAILURE,       SSL_AD_NO_CERTIFICATE,      SSL_AD_BAD_CERTIFICATE,
        SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED,
        SSL_AD_CERTIFICATE_UNKNOWN,     SSL_AD_UNKNOWN_CA,          SSL_AD_ACCESS_DENIED,
        SSL_AD_DECRYPT_ERROR,           SSL_AD_CERTIFICATE_REQUIRED};
    const int alert =
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) - SSL_AD_REASON_OFFSET;
    return std::find(alerts.begin(), alerts.end(), alert) != alerts.end();
}

} // namespace http
