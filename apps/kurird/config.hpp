// SPDX-License-Identifier: Apache-2.0
// The configuration file as plain values. Defaults live in the structs of the libraries; only
// config.cpp knows the keys. Nothing here opens a file the configuration names: that is load.hpp.
#pragma once

#include "base/log.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "http/tls.hpp"
#include "msh/msh.hpp"
#include "pmode/pmode.hpp"
#include "queue/queue.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kurird {

// A place where we listen.
struct Door {
    std::string listen;
    bool tls = true; // plain HTTP only where the file says so
    http::TlsFiles files;
    http::ServerLimits limits;
    std::vector<std::string> proxies;      // addresses and networks of what stands before us
    std::string client_certificate_header; // in which they name the client; empty = none
    bool proxy_protocol = false;
};

// The way out, of [send] or one peer.
struct ProxyTable {
    std::string url; // empty = straight; of a peer: as [send]. "none" = straight
    std::string user;
    base::Path password_file;
};

struct ClientTable {
    std::string name;
    std::vector<std::string> participants;
    std::vector<std::string> scopes{"submit", "fetch", "read"};
    base::Path certificate;
    base::Path token_file;
};

struct PModeTable {
    std::string based_on = "edelivery"; // a preset
    ebms::AgreementRef agreement;       // as written; in `mode` if it has a value
    pmode::PMode mode;                  // the preset with what the table says
};

struct PeerTable {
    std::string name;
    std::string party_id;
    std::string url;
    std::string pmode = "sdk";         // id of a PModeTable or name of a preset
    std::vector<std::string> services; // empty = the P-Mode's
    std::vector<std::string> actions;  // empty = the P-Mode's
    std::vector<base::Path> certificates;
    std::vector<base::Path> known_certificates;
    base::Path encryption_certificate;
    std::vector<std::string> participants;
    std::string tls_name;
    http::TlsFiles tls{.min_version = {}, .max_version = {}}; // what is empty is as [send]
    ProxyTable proxy;
};

struct Config {
    base::Path file;
    std::string party_id;
    base::Path key;
    base::Path certificate;
    base::Path trust;
    base::Duration shutdown_timeout = std::chrono::seconds(20);
    msh::Settings msh;
    queue::Settings queue{.folder = "/var/lib/kurir"};
    Door as4;
    std::string as4_path = "/as4";
    Door rest{.files = {.client = http::ClientCertificate::optional}}; // a token will do
    base::Path admin_socket = "/run/kurir/admin.sock";
    std::string metrics_listen; // empty = no such door
    http::ClientLimits send;
    http::TlsFiles send_tls;
    ProxyTable proxy;
    std::vector<std::string> no_proxy;
    pmode::Retry retry;
    pmode::PayloadLimits payload;
    base::Duration clock_skew = pmode::TimestampTerms().skew;
    base::Level log_level = base::Level::info;
    std::vector<ClientTable> clients;
    std::vector<PModeTable> pmodes;
    std::vector<PeerTable> peers;
    // Where each table begins, by the name mistakes are told with: "[node]", "[[peer]] other".
    std::map<std::string, std::size_t, std::less<>> lines;
};

// What became of a key: so that the sample file can be held against the reader.
struct KeyRead {
    std::string name;          // "send.retry_delay"
    std::string default_value; // its default, as text
    std::string value;
    bool given = false;
};

// errc::bad_format; the detail has one line per mistake: "kurir.toml:12: send.lease: …".
base::Result<Config>
parse(std::string_view toml, const base::Path& file, std::vector<KeyRead>* trace = nullptr);
// As above, from the file itself.
base::Result<Config> read_config(const base::Path& file);

} // namespace kurird
