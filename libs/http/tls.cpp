// SPDX-License-Identifier: Apache-2.0
// TLS contexts: TLS 1.2 or later, no compression, no renegotiation, and by default only forward
// secrecy with AES-GCM [eDelivery AS4 1.15; DIGG TP-AS4].
// Only this file, tls_session.cpp and tls_verdict.cpp call OpenSSL directly.
#include "http/tls.hpp"

#include "crypto/certificate.hpp"
#include "crypto/digest.hpp"
#include "crypto/rsa.hpp"
#include "http/tls_session.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

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

// Sets ciphers and suites [TA39]. TLS 1.3 suites begin with "TLS_", and OpenSSL sets them by
// another call than the TLS 1.2 list. Without a common suite no connection opens [TA42, TA43].
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

// [TA40, TA41] Older versions cannot be configured. 0 = unknown version.
int version(const std::string& text)
{
    if (text == "1.2") return TLS1_2_VERSION;
    if (text == "1.3") return TLS1_3_VERSION;
    return 0;
}

base::Result<> set_versions(SSL_CTX* context, const TlsFiles& files) // [TA39]
{
    const int min = version(files.min_version);
    const int max = version(files.max_version);
    if (min == 0 || max == 0)
        return base::Error(
            errc::bad_tls_files, "TLS versions " + files.min_version + " to " + files.max_version
        );
    if (min > max)
        return base::Error(
            errc::bad_tls_files, "the least TLS version, " + files.min_version +
                                     ", is above the most, " + files.max_version
        );
    SSL_CTX_set_min_proto_version(context, min);
    SSL_CTX_set_max_proto_version(context, max);
    return {};
}

base::Result<> set_groups(SSL_CTX* context, std::string groups)
{
    if (groups.empty()) return {};
    // The macro SSL_CTX_set1_groups_list() makes the same call, but has an old-style cast.
    if (SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, groups.data()) != 1)
        return unusable("groups");
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
    if (crypto::is_encrypted_key(*key)) {
        std::fill(key->begin(), key->end(), '\0');
        return base::Error(
            errc::bad_tls_files, files.key.string() + ": " + crypto::decrypt_it(files.key)
        );
    }
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
        // A server sends these names when it asks for a client certificate. OpenSSL copies them.
        SSL_CTX_add_client_CA(context, issuer.native());
    }
    return {};
}

// Prevents OpenSSL from asking for a passphrase at the terminal.
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
    if (auto done = set_versions(native, files); !done) return done.error();
    if (auto done = set_ciphers(native, files.ciphers); !done) return done.error();
    if (auto done = set_groups(native, files.groups); !done) return done.error();
    return context;
}

// Sets a session id context made from the demands on client certificates. A session is then resumed
// only under the same demands, even if two contexts should share ticket keys.
base::Result<> name_sessions(SSL_CTX* context, const TlsFiles& files)
{
    base::Bytes demanded(1, static_cast<char>('0' + static_cast<int>(files.client)));
    if (!files.ca.empty()) {
        const auto issuers = read(files.ca);
        if (!issuers) return issuers.error();
        demanded += *issuers;
    }
    const auto id = crypto::sha256(demanded);
    if (SSL_CTX_set_session_id_context(
            context, reinterpret_cast<const unsigned char*>(id.data()),
            static_cast<unsigned>(id.size())
        ) != 1)
        return unusable("session id");
    return {};
}

} // namespace

base::Result<Context> server_context(const TlsFiles& files)
{
    auto context = make_context(ssl::context::tls_server, files);
    if (!context) return context;
    SSL_CTX* native = (*context)->native_handle();
    if (auto done = use_key(**context, files); !done) return done.error();
    if (auto done = name_sessions(native, files); !done) return done.error();
    resume_sessions_of_clients(native, files.resumption);
    if (files.client == ClientCertificate::none) return context;
    if (files.ca.empty())
        return base::Error(
            errc::bad_tls_files,
            "client certificates are asked for, but tls_ca is not set: set it, or "
            "tls_client = \"none\""
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
    keep_sessions(native, files.resumption);
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
    // The macro SSL_set_tlsext_host_name() makes the same call, but has an old-style cast.
    void* name = const_cast<char*>(host.c_str());
    if (SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name) == 1)
        return {};
    const auto code = static_cast<int>(ERR_get_error());
    return boost::system::error_code(code, boost::asio::error::get_ssl_category());
}

} // namespace http
