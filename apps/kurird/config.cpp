// SPDX-License-Identifier: Apache-2.0
// TOML to Config: which tables and keys there are, and where each value goes.
#include "kurird/config.hpp"

#include "kurird/config_pmode.hpp"
#include "kurird/config_section.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <map>

namespace kurird {

namespace {

constexpr std::uint64_t file_limit = 4 * 1024 * 1024;

void read_tls(Section& section, http::TlsFiles& files)
{
    section.read("tls_key", files.key);
    section.read("tls_certificate", files.certificate);
    section.read("tls_ca", files.ca);
    section.read_choice<std::string>(
        "tls_min_version", files.min_version, {{"1.2", "1.2"}, {"1.3", "1.3"}}
    );
    section.read_choice<std::string>(
        "tls_max_version", files.max_version, {{"1.2", "1.2"}, {"1.3", "1.3"}}
    );
    section.read("tls_ciphers", files.ciphers);
    section.read("tls_groups", files.groups);
    section.read_from_zero("tls_resumption", files.resumption);
}

// A peer's: empty is as [send].
void read_peer_tls(Section& section, http::TlsFiles& files)
{
    section.read("tls_key", files.key);
    section.read("tls_certificate", files.certificate);
    section.read("tls_ca", files.ca);
    section.read_choice<std::string>(
        "tls_min_version", files.min_version, {{"", ""}, {"1.2", "1.2"}, {"1.3", "1.3"}}
    );
    section.read_choice<std::string>(
        "tls_max_version", files.max_version, {{"", ""}, {"1.2", "1.2"}, {"1.3", "1.3"}}
    );
    section.read("tls_ciphers", files.ciphers);
    section.read("tls_groups", files.groups);
}

void read_proxy(Section& section, ProxyTable& proxy)
{
    section.read("proxy", proxy.url);
    section.read("proxy_user", proxy.user);
    section.read("proxy_password_file", proxy.password_file);
}

// Shares of a door's connections, in eighths. Peers are many. Message services are few and ours,
// and one may need nearly all: what is left is the limiter's own reserve.
struct Shares {
    std::size_t of_address;
    std::size_t of_certificate;
};
constexpr Shares as4_shares = {4, 2};
constexpr Shares rest_shares = {7, 7};
constexpr std::size_t handshake_eighths = 2;

std::size_t eighths(std::size_t connections, std::size_t parts)
{
    return std::max<std::size_t>(connections * parts / 8, 1);
}

void read_connections(Section& section, http::ServerLimits& limits, const Shares& shares)
{
    constexpr std::int64_t max = 65536;
    section.read_count("max_connections", limits.connections, max);
    limits.per_address = eighths(limits.connections, shares.of_address);
    limits.per_certificate = eighths(limits.connections, shares.of_certificate);
    limits.handshakes = eighths(limits.connections, handshake_eighths);
    section.read_count("max_connections_per_address", limits.per_address, max);
    section.read_count("max_connections_per_certificate", limits.per_certificate, max);
    section.read_count("max_handshakes", limits.handshakes, max);
}

void read_door(Section& section, Door& door, const Shares& shares)
{
    section.required("listen").read("listen", door.listen);
    section.read("tls", door.tls);
    read_tls(section, door.files);
    section.read_choice<http::ClientCertificate>(
        "tls_client", door.files.client,
        {{"required", http::ClientCertificate::required},
         {"optional", http::ClientCertificate::optional},
         {"none", http::ClientCertificate::none}}
    );
    section.read("proxies", door.proxies);
    section.read("client_certificate_header", door.client_certificate_header);
    section.read("proxy_protocol", door.proxy_protocol);
    read_connections(section, door.limits, shares);
    section.read("idle_timeout", door.limits.idle);
    section.read("progress_timeout", door.limits.piece);
    section.read("request_timeout", door.limits.handling);
    section.read_size("min_rate", door.limits.min_rate);
}

void read_node(Section section, Config& config)
{
    section.required("party_id").read("party_id", config.party_id);
    section.required("key").read("key", config.key);
    section.required("certificate").read("certificate", config.certificate);
    section.read("trust", config.trust);
    section.read("data_dir", config.queue.folder);
    section.read_count("workers", config.msh.workers, 256);
    section.read("shutdown_timeout", config.shutdown_timeout);
}

void read_as4(Section section, Config& config)
{
    read_door(section, config.as4, as4_shares);
    section.read("path", config.as4_path);
}

void read_rest(Section section, Config& config)
{
    read_door(section, config.rest, rest_shares);
    section.read_count("concurrency", config.msh.submitting, 4096);
    section.read_size("max_submission_size", config.msh.submission_bytes);
    section.read("inbox_lease", config.msh.inbox_lease);
    config.rest.limits.body_bytes = config.msh.submission_bytes;
}

void read_admin(Section section, Config& config)
{
    section.read("socket", config.admin_socket);
}

void read_metrics(Section section, Config& config)
{
    section.read("listen", config.metrics_listen);
}

void read_send(Section section, Config& config)
{
    auto& scheduling = config.msh.scheduling;
    section.read_count("concurrency", scheduling.slots, 4096);
    section.read_count("peer_concurrency", scheduling.peer_slots, 4096);
    section.read_count("failures_to_open", scheduling.failures, 1000);
    section.read("probe_delay", scheduling.probe_delay);
    section.read("probe_max_delay", scheduling.probe_max_delay);
    section.read("max_retry_after", scheduling.max_retry_after);
    section.read("lease", config.msh.lease);
    section.read("exchange_timeout", config.msh.exchange);
    section.read_size("min_rate", config.msh.min_rate);
    read_retry(section, config.retry);
    section.read("connect_timeout", config.send.connect);
    section.read("progress_timeout", config.send.piece);
    section.read("response_timeout", config.send.answer);
    section.read_size("response_min_rate", config.send.response_min_rate);
    section.read_count("idle_connections", config.send.kept, 1024);
    section.read_printable("user_agent", config.send.user_agent);
    read_tls(section, config.send_tls);
    read_proxy(section, config.proxy);
    section.read("no_proxy", config.no_proxy);
}

void read_receive(Section section, Config& config)
{
    section.read_count("concurrency", config.msh.receiving, 4096);
    section.read_size("max_message_size", config.as4.limits.body_bytes);
    section.read_size("max_soap_size", config.msh.unpack.soap.bytes);
    section.read_size("max_early_part_size", config.msh.unpack.early_part);
    section.read_count("max_parts", config.payload.parts, 10000);
    make_room_for(config.payload.parts, config);
    section.read_size("max_part_size", config.payload.compressed);
    section.read_size("max_inflated_part_size", config.payload.inflated);
    section.read_size("max_plain_text_size", config.payload.plain_text);
    section.read_count("max_compression_ratio", config.payload.ratio, 1'000'000);
    section.read_size("compression_ratio_floor", config.payload.compression_ratio_floor);
    section.read("max_timestamp_age", config.msh.unpack.max_timestamp_age);
    section.read("max_timestamp_ahead", config.msh.unpack.max_timestamp_ahead);
    section.read("clock_skew", config.clock_skew);
    section.read("duplicate_window", config.msh.duplicate_window);
    section.read("duplicate_wait", config.msh.duplicate_wait);
}

// Watermarks: where a door closes and where it opens again.
void read_pressure(Section section, Config& config)
{
    auto& marks = config.msh.watermarks;
    section.read_size("disk_stop", marks.disk_stop);
    section.read_size("disk_resume", marks.disk_resume);
    section.read_count("queue_stop", marks.queue_stop, 1'000'000'000);
    section.read_count("queue_resume", marks.queue_resume, 1'000'000'000);
    section.read_count("backlog_limit", marks.backlog_limit, 1'000'000'000);
    section.read("backlog_wait", marks.backlog_wait);
    section.read_size("memory_stop", marks.memory_stop);
    section.read_size("memory_resume", marks.memory_resume);
    section.read_size("log_warning", config.queue.log_warning);
    section.read_size("log_stop", marks.log_stop);
    section.read("retry_after", marks.retry_after);
}

void read_queue(Section section, Config& config)
{
    section.read("stuck_overdue", config.msh.stuck_overdue);
    section.read("stuck_unfetched", config.msh.stuck_unfetched);
}

// What ended is kept so long; of a participant under names of its own, the usual being the default.
void read_retention(Section section, Config& config)
{
    auto& keep = config.msh.retention.usual;
    section.read_from_zero("payload", keep.payload);
    section.read_from_zero("payload_failed", keep.payload_failed);
    section.read("record", keep.record);
    section.read("interval", config.msh.retention_every);
}

void read_log(Section section, Config& config)
{
    section.read_choice<base::Level>(
        "level", config.log_level,
        {{"error", base::Level::error},
         {"warning", base::Level::warning},
         {"info", base::Level::info},
         {"debug", base::Level::debug}}
    );
}

void read_participant(Section section, Config& config)
{
    std::string id;
    section.required("id").read("id", id);
    config.lines["[[participant]] " + id] = section.line();
    auto keep = config.msh.retention.usual; // [retention] is read before
    section.read_from_zero("keep_payload", keep.payload);
    section.read_from_zero("keep_payload_failed", keep.payload_failed);
    section.read("keep_record", keep.record);
    config.msh.retention.of[id] = keep;
    config.msh.participants.push_back(id);
}

void read_client(Section section, Config& config)
{
    ClientTable client;
    section.required("name").read("name", client.name);
    section.required("participants").read("participants", client.participants);
    section.read("scopes", client.scopes);
    section.read("certificate", client.certificate);
    section.read("token_file", client.token_file);
    config.lines["[[client]] " + client.name] = section.line();
    config.clients.push_back(std::move(client));
}

void read_peer(Section section, Config& config)
{
    PeerTable peer;
    section.required("name").read("name", peer.name);
    section.required("party_id").read("party_id", peer.party_id);
    section.required("url").read("url", peer.url);
    section.read("pmode", peer.pmode);
    section.read("services", peer.services);
    section.read("actions", peer.actions);
    section.read("certificates", peer.certificates);
    section.read("known_certificates", peer.known_certificates);
    section.read("encryption_certificate", peer.encryption_certificate);
    section.read("participants", peer.participants);
    section.read("tls_name", peer.tls_name);
    read_peer_tls(section, peer.tls);
    read_proxy(section, peer.proxy);
    config.lines["[[peer]] " + peer.name] = section.line();
    config.peers.push_back(std::move(peer));
}

using ReadTable = void (*)(Section, Config&);
const std::map<std::string, ReadTable, std::less<>> single_tables = {
    {"node", read_node},          {"as4", read_as4},
    {"rest", read_rest},          {"admin", read_admin},
    {"metrics", read_metrics},    {"send", read_send},
    {"receive", read_receive},    {"queue", read_queue},
    {"pressure", read_pressure},  {"log", read_log},
    {"retention", read_retention}
};
const std::map<std::string, ReadTable, std::less<>> repeated_tables = {
    {"participant", read_participant},
    {"client", read_client},
    {"peer", read_peer},
    {"pmode", read_pmode}
};

void read_all(const toml::table& document, Reading& reading, Config& config)
{
    for (const auto& [key, node] : document) {
        const bool single = single_tables.contains(key.str());
        const bool repeated = repeated_tables.contains(key.str());
        const std::string name(key.str());
        if (!single && !repeated)
            reading.mistake(key.source().begin.line, name + ": unknown table");
        else if (single && !node.is_table())
            reading.mistake(key.source().begin.line, name + ": must be a table, [" + name + "]");
        else if (repeated && !node.is_array_of_tables())
            reading.mistake(
                key.source().begin.line, name + ": must be written as [[" + name + "]]"
            );
    }
    for (const auto& [name, read] : single_tables) {
        const auto* table = document[name].as_table();
        if (table) config.lines["[" + name + "]"] = table->source().begin.line;
        read(Section(reading, name, table), config);
    }
    for (const auto& [name, read] : repeated_tables) {
        const auto* array = document[name].as_array();
        for (std::size_t i = 0; array && i < array->size(); ++i)
            read(Section(reading, name, array->get(i)->as_table()), config);
    }
}

} // namespace

base::Result<Config>
parse(std::string_view text, const base::Path& file, std::vector<KeyRead>* trace)
{
    Reading reading(file, trace);
    Config config;
    config.file = file;
    try {
        read_all(toml::parse(text, file.string()), reading, config);
    } catch (const toml::parse_error& failure) {
        reading.mistake(failure.source().begin.line, std::string(failure.description()));
    }
    if (!reading.mistakes().empty()) return base::Error(base::errc::bad_format, reading.mistakes());
    return config;
}

base::Result<Config> read_config(const base::Path& file)
{
    const auto text = base::read_file(file, file_limit);
    if (!text) return text.error();
    return parse(*text, file);
}

} // namespace kurird
