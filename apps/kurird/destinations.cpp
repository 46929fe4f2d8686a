// SPDX-License-Identifier: Apache-2.0
// Settings of [send] with a peer's own over them; proxies, and who goes without.
#include "kurird/destinations.hpp"

#include "http/url.hpp"
#include "kurird/secret_file.hpp"

namespace kurird {

namespace {

constexpr std::string_view straight = "none";

using SharedProxy = std::shared_ptr<const http::Proxy>;

// None = straight, or a mistake.
SharedProxy load_proxy(const std::string& where, const ProxyTable& table, Findings& findings)
{
    if (table.user.empty() != table.password_file.empty())
        findings.mistake(where, "proxy_user and proxy_password_file go together");
    if (table.url.empty() || table.url == straight) {
        if (!table.user.empty()) findings.mistake(where, "proxy_user is set, but no proxy");
        return nullptr;
    }
    base::Result<crypto::Secret> password = crypto::Secret({});
    if (!table.password_file.empty()) password = read_secret(table.password_file);
    if (!password) {
        findings.mistake(where + ": proxy_password_file", password.error().text());
        return nullptr;
    }
    auto made =
        findings.take(where + ": proxy", http::make_proxy(table.url, table.user, *password));
    return made ? std::make_shared<const http::Proxy>(std::move(*made)) : nullptr;
}

bool has_any(const http::TlsFiles& tls)
{
    const bool files = !tls.key.empty() || !tls.certificate.empty() || !tls.ca.empty();
    const bool versions = !tls.min_version.empty() || !tls.max_version.empty();
    return files || versions || !tls.ciphers.empty() || !tls.groups.empty();
}

http::TlsFiles over(http::TlsFiles settings, const http::TlsFiles& own)
{
    if (!own.key.empty() || !own.certificate.empty()) { // never one's key with the other's
        settings.key = own.key;
        settings.certificate = own.certificate;
    }
    if (!own.ca.empty()) settings.ca = own.ca;
    if (!own.min_version.empty()) settings.min_version = own.min_version;
    if (!own.max_version.empty()) settings.max_version = own.max_version;
    if (!own.ciphers.empty()) settings.ciphers = own.ciphers;
    if (!own.groups.empty()) settings.groups = own.groups;
    return settings;
}

// The key as an operator finds it: the peer's own, or that of [send].
std::string key_of(const PeerTable& peer, bool own, const std::string& key)
{
    return own ? key + " of [[peer]] " + peer.name : "send." + key;
}

} // namespace

http::Destinations
load_destinations(const Config& config, const TlsContext& send_tls, Findings& findings)
{
    const auto usual = load_proxy("[send]", config.proxy, findings);
    if (config.proxy.url.empty() && !config.no_proxy.empty())
        findings.mistake("[send]", "no_proxy is set, but no proxy");
    const auto without = findings.take("[send]: no_proxy", http::HostList::parse(config.no_proxy));
    http::Destinations destinations;
    for (const auto& peer : config.peers) {
        const auto where = "[[peer]] " + peer.name;
        const auto url = http::parse_url(peer.url);
        if (!url) continue; // told where the peer is read
        auto to = std::make_shared<http::Destination>();
        to->tls = send_tls;
        to->tls_name = peer.tls_name;
        to->ca_key = key_of(peer, !peer.tls.ca.empty(), "tls_ca");
        if (peer.tls.ca.empty() && config.send_tls.ca.empty())
            to->ca_key += " (not set: the CAs of the system are trusted)";
        const bool own_key = !peer.tls.key.empty() || !peer.tls.certificate.empty();
        to->certificate_key =
            key_of(peer, own_key, "tls_key") + " and " + key_of(peer, own_key, "tls_certificate");
        const bool own_tls = has_any(peer.tls);
        if ((own_tls || !peer.tls_name.empty()) && url->kind != http::Url::Kind::https)
            findings.mistake(where, "has tls_ settings, but its url is not https");
        else if (own_tls)
            to->tls = findings.take(where, http::client_context(over(config.send_tls, peer.tls)))
                          .value_or(nullptr);
        to->proxy = load_proxy(where, peer.proxy, findings);
        if (peer.proxy.url.empty() && without && !without->contains(url->host)) to->proxy = usual;
        destinations[peer.name] = std::move(to);
    }
    return destinations;
}

} // namespace kurird
