// SPDX-License-Identifier: Apache-2.0
// Parses URLs with Boost.URL and the restrictions of Kurir's client: a host is required, a user
// name is refused, and a fragment is dropped.
#include "http/url.hpp"

#include "base/bytes.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace http {

namespace {

base::Result<Url> parse_unix(std::string_view text)
{
    Url url;
    url.kind = Url::Kind::unix_socket;
    const auto colon = text.find(":/");
    url.socket = std::string(text.substr(0, colon));
    url.target = colon == std::string_view::npos ? "/" : std::string(text.substr(colon + 1));
    if (!url.socket.starts_with('/'))
        return base::Error(errc::bad_url, "a Unix socket needs an absolute path");
    return url;
}

} // namespace

std::string Url::authority() const
{
    if (kind == Kind::unix_socket) return "localhost";
    const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    const bool usual = port == (kind == Kind::https ? 443 : 80);
    return usual ? name : name + ":" + std::to_string(port);
}

std::string Url::origin() const
{
    if (kind == Kind::unix_socket) return "unix:" + socket;
    return (kind == Kind::https ? "https://" : "http://") + base::lower(host) + ":" +
           std::to_string(port);
}

base::Result<Url> parse_url(std::string_view text)
{
    // A space or control character in the target would corrupt the request line.
    const auto unprintable = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    };
    if (std::any_of(text.begin(), text.end(), unprintable))
        return base::Error(errc::bad_url, "white space in the URL");
    if (text.starts_with("unix:")) return parse_unix(text.substr(5));
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed) return base::Error(errc::bad_url, parsed.error().message());
    Url url;
    if (parsed->scheme_id() == boost::urls::scheme::http)
        url.kind = Url::Kind::http;
    else if (parsed->scheme_id() != boost::urls::scheme::https)
        return base::Error(errc::bad_url, "neither https nor http");
    url.host = std::string(parsed->host_address());
    if (url.host.empty()) return base::Error(errc::bad_url, "no host");
    if (parsed->has_userinfo()) return base::Error(errc::bad_url, "a user name in the URL");
    url.port = url.kind == Url::Kind::https ? 443 : 80;
    if (!parsed->port().empty()) {
        // Boost 1.81's port_number() overflows above 65535.
        const std::string_view digits(parsed->port().data(), parsed->port().size());
        const auto [end, bad] =
            std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
        if (bad != std::errc() || url.port == 0) return base::Error(errc::bad_url, "port");
    }
    const std::string_view target(parsed->encoded_target().data(), parsed->encoded_target().size());
    // Boost 1.81 parses "a:b:/c" as host "a", an empty port and the rest as the path.
    if (!parsed->encoded_path().empty() && !parsed->encoded_path().starts_with('/'))
        return base::Error(errc::bad_url, "port");
    url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
    return url;
}

} // namespace http
