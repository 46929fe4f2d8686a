// SPDX-License-Identifier: Apache-2.0
// Judges the keys that [as4] and [rest] share.
#include "kurird/doors.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>

namespace kurird {

namespace {

constexpr std::uint64_t file_limit = 1024 * 1024;

// [RFC 9110 5.1] the name of a header is a token.
bool is_token(const std::string& text)
{
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}

std::optional<boost::asio::ip::address> address_of(const std::string& listen)
{
    auto host = listen.substr(0, std::min(listen.rfind(':'), listen.size()));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::system::error_code failure;
    const auto address = boost::asio::ip::make_address(host, failure);
    return failure ? std::nullopt : std::optional(address);
}

} // namespace

base::Result<std::vector<crypto::Certificate>> read_certificates(const base::Path& file)
{
    const auto pem = base::read_file(file, file_limit);
    if (!pem) return pem.error();
    auto certificates = crypto::Certificate::all_from_pem(*pem);
    if (!certificates) return base::Error(certificates.error().code, file.string());
    return certificates;
}

// "127.0.0.1:8443", "[::1]:0": an address, not a name, so that nobody's resolver decides where we
// listen.
void check_listen(const std::string& table, const std::string& listen, Findings& findings)
{
    const auto colon = std::min(listen.rfind(':'), listen.size());
    const auto port = listen.substr(std::min(colon + 1, listen.size()));
    const bool digits = !port.empty() && port.size() <= 5 &&
                        port.find_first_not_of("0123456789") == std::string::npos;
    if (!address_of(listen) || !digits || std::stoi(port) > 65535)
        findings.mistake(table, "listen must be ADDRESS:PORT, like 127.0.0.1:8443 or [::1]:8443");
}

void check_metrics_door(const Config& config, Findings& findings)
{
    const auto& listen = config.metrics_listen;
    if (listen.empty()) return;
    check_listen("[metrics]", listen, findings);
    const bool taken = listen == config.as4.listen || listen == config.rest.listen;
    if (taken && !listen.ends_with(":0"))
        findings.mistake("[metrics]", "listen is the same as that of another door");
    const auto address = address_of(listen);
    if (address && !address->is_loopback())
        findings.warnings.push_back(
            "[metrics] listens on " + listen + ": whoever reaches it can read the names of peers " +
            "and how much is exchanged with each"
        );
}

// A share of all connections is no share.
void check_shares(const std::string& table, const Door& door, Findings& findings)
{
    const auto& limits = door.limits;
    const auto check = [&](const std::string& key, std::size_t share) {
        if (share <= limits.connections || share == http::ServerLimits::no_share) return;
        findings.warnings.push_back(
            table + " " + key + " (" + std::to_string(share) + ") is more than max_connections (" +
            std::to_string(limits.connections) + "): it limits nothing"
        );
    };
    check("max_connections_per_address", limits.per_address);
    check("max_connections_per_certificate", limits.per_certificate);
    if (door.tls) check("max_handshakes", limits.handshakes);
}

TlsContext load_door(const std::string& table, const Door& door, Findings& findings)
{
    check_listen(table, door.listen, findings);
    check_shares(table, door, findings);
    if (!door.tls) {
        findings.warnings.push_back(
            table + " listens on " + door.listen + " without TLS (tls = false)"
        );
        if (!door.files.key.empty()) findings.mistake(table, "tls_key is set, but tls = false");
        return nullptr;
    }
    if (door.files.key.empty() || door.files.certificate.empty()) {
        findings.mistake(
            table,
            "needs tls_key and tls_certificate (or tls = false, if something before it does TLS)"
        );
        return nullptr;
    }
    return findings.take(table, http::server_context(door.files)).value_or(nullptr);
}

// A header or preamble of anybody's would be anybody's identity: both need a list of who may say
// so.
Front load_front(const std::string& table, const Door& door, Findings& findings)
{
    const auto& header = door.client_certificate_header;
    const bool tells = !header.empty() || door.proxy_protocol;
    if (!tells && door.proxies.empty()) return nullptr;
    if (door.proxies.empty())
        findings.mistake(
            table, "client_certificate_header and proxy_protocol need proxies: the addresses that "
                   "are believed"
        );
    if (!tells)
        findings.mistake(
            table,
            "proxies is set, but neither client_certificate_header nor proxy_protocol: nothing is "
            "asked of them"
        );
    auto front = std::make_shared<http::Front>();
    if (auto list = findings.take(table + ": proxies", http::AddressList::parse(door.proxies)))
        front->proxies = std::move(*list);
    front->proxy_protocol = door.proxy_protocol;
    front->certificate_header = header;
    front->client = door.files.client;
    if (header.empty()) return front;
    // With a preamble TLS may be the client's own, passed on whole; the header would be its word.
    if (door.proxy_protocol && door.tls)
        findings.mistake(
            table, "client_certificate_header and proxy_protocol together need tls = false: inside "
                   "TLS that is passed on to us any client could write the header"
        );
    if (!is_token(header))
        findings.mistake(table, "client_certificate_header is no name of an HTTP header");
    if (door.files.client == http::ClientCertificate::none)
        findings.mistake(table, "client_certificate_header is set, but tls_client = \"none\"");
    if (door.files.ca.empty())
        findings.mistake(
            table, "client_certificate_header needs tls_ca: the CAs whose certificates are believed"
        );
    else if (auto issuers = findings.take(table + ": tls_ca", read_certificates(door.files.ca)))
        front->issuers = std::make_shared<const crypto::TrustStore>(
            std::move(*issuers), crypto::Use::tls_client
        );
    return front;
}

} // namespace kurird
