// SPDX-License-Identifier: Apache-2.0
// Parses the operator's proxy settings.
#include "http/proxy.hpp"

#include "http/url.hpp"

#include <algorithm>

namespace http {

namespace {

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool is_host_name(const std::string& text)
{
    static constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    return text.size() > 1 && text.find_first_not_of(allowed) == std::string::npos;
}

} // namespace

std::string Proxy::name() const
{
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
           std::to_string(port);
}

std::string Proxy::authorization() const
{
    if (!credentials) return {};
    return "Proxy-Authorization: Basic " + base::Bytes(credentials->view()) + "\r\n";
}

base::Result<Proxy>
make_proxy(const std::string& url, const std::string& user, const crypto::Secret& password)
{
    const auto parsed = parse_url(url);
    if (!parsed) return parsed.error();
    if (parsed->kind != Url::Kind::http || parsed->target != "/")
        return base::Error(errc::bad_url, "a proxy is http://HOST:PORT");
    Proxy proxy;
    proxy.host = parsed->host;
    proxy.port = parsed->port;
    if (user.empty()) return proxy;
    // [RFC 7617 2] The user's name must not contain a colon, because the first colon ends the name.
    const auto octets = password.view();
    if (user.find(':') != std::string::npos || std::any_of(user.begin(), user.end(), is_control) ||
        std::any_of(octets.begin(), octets.end(), is_control))
        return base::Error(
            errc::bad_url, "the proxy's user or password has a character it must not have"
        );
    const crypto::Secret joined(user + ":" + base::Bytes(octets));
    proxy.credentials.emplace(base::base64(joined.view()));
    return proxy;
}

base::Result<HostList> HostList::parse(const std::vector<std::string>& texts)
{
    HostList list;
    std::vector<std::string> addresses;
    for (const auto& text : texts) {
        const auto name = base::lower(text);
        const bool address = name.find_first_of(":/") != std::string::npos ||
                             name.find_first_not_of("0123456789.") == std::string::npos;
        if (address) {
            addresses.push_back(name);
            continue;
        }
        if (!is_host_name(name))
            return base::Error(
                base::errc::bad_format, "\"" + text + "\" is no host, .domain, address or network"
            );
        list.names_.push_back(name);
    }
    auto parsed = AddressList::parse(addresses);
    if (!parsed) return parsed.error();
    list.addresses_ = std::move(*parsed);
    return list;
}

bool HostList::contains(const std::string& host) const
{
    boost::system::error_code not_an_address;
    const auto address = boost::asio::ip::make_address(host, not_an_address);
    if (!not_an_address) return addresses_.contains(address);
    auto name = base::lower(host);
    if (name.ends_with('.')) name.pop_back();
    return std::any_of(names_.begin(), names_.end(), [&](const std::string& listed) {
        return listed.starts_with('.') ? name.ends_with(listed) : name == listed;
    });
}

} // namespace http
