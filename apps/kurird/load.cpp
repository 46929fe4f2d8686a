// SPDX-License-Identifier: Apache-2.0
// Reads keys, certificates and tokens, and holds the tables against each other. All mistakes are
// told at once.
#include "kurird/load.hpp"

#include "crypto/digest.hpp"
#include "http/url.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <sys/un.h>

namespace kurird {

namespace {

constexpr std::uint64_t file_limit = 1024 * 1024;
constexpr std::size_t shortest_token = 16;
constexpr base::Duration shortest_lease(100);
constexpr std::size_t longest_socket = sizeof(sockaddr_un::sun_path) - 1;

// Gathers what is wrong, each with the table it stands in and that table's line.
class Findings {
public:
    explicit Findings(const Config& config) : config_(config) {}
    void mistake(const std::string& where, const std::string& what)
    {
        text_ += (text_.empty() ? "" : "\n") + place(where) + ": " + where + ": " + what;
    }
    // The value, or nothing and a mistake.
    template <class Value>
    std::optional<Value> take(const std::string& where, base::Result<Value> result)
    {
        if (result) return std::move(*result);
        mistake(where, result.error().text());
        return std::nullopt;
    }
    const std::string& text() const { return text_; }
    std::vector<std::string> warnings;

private:
    // "kurir.toml:12" of the table that `where` begins with; of several the one with the longest
    // name.
    std::string place(const std::string& where) const
    {
        std::size_t line = 0;
        for (const auto& [table, begins] : config_.lines) {
            if (where.starts_with(table)) line = begins; // in order: a longer name comes later
        }
        return config_.file.string() + (line > 0 ? ":" + std::to_string(line) : "");
    }

    const Config& config_;
    std::string text_;
};

base::Result<std::vector<crypto::Certificate>> read_certificates(const base::Path& file)
{
    const auto pem = base::read_file(file, file_limit);
    if (!pem) return pem.error();
    auto certificates = crypto::Certificate::all_from_pem(*pem);
    if (!certificates) return base::Error(certificates.error().code, file.string());
    return certificates;
}

base::Result<crypto::Certificate> read_certificate(const base::Path& file)
{
    const auto certificates = read_certificates(file);
    if (!certificates) return certificates.error();
    return certificates->front();
}

void check_participants(const Config& config, Findings& findings)
{
    if (config.msh.participants.empty())
        findings.mistake(
            "[[participant]]", "at least one is needed: without it nothing can be sent or received"
        );
    std::set<std::string> seen;
    for (const auto& id : config.msh.participants) {
        if (id.empty()) findings.mistake("[[participant]]", "id is empty");
        if (!seen.insert(id).second) findings.mistake("[[participant]] " + id, "is there twice");
    }
}

// SHA-256 of the token in a file.
base::Result<base::Bytes> read_token(const base::Path& file)
{
    const auto octets = base::read_file(file, file_limit);
    if (!octets) return octets.error();
    std::error_code failure;
    const auto mode = std::filesystem::status(file, failure).permissions();
    using std::filesystem::perms;
    if (failure || (mode & perms::others_all) != perms::none)
        return base::Error(
            base::errc::bad_format, file.string() + " is open to everybody: chmod o= it"
        );
    const auto token = base::trim(*octets);
    if (token.size() < shortest_token)
        return base::Error(
            base::errc::bad_format,
            file.string() + " has fewer than " + std::to_string(shortest_token) + " characters"
        );
    return crypto::sha256(token);
}

api::Client load_client(const Config& config, const ClientTable& table, Findings& findings)
{
    const auto where = "[[client]] " + table.name;
    api::Client client;
    client.name = table.name;
    client.participants = table.participants;
    if (table.name.empty() || table.name == "operator")
        findings.mistake(where, "needs a name that is not empty and not \"operator\"");
    if (table.participants.empty()) findings.mistake(where, "participants: at least one is needed");
    const auto& served = config.msh.participants;
    for (const auto& participant : table.participants) {
        if (std::ranges::find(served, participant) == served.end())
            findings.mistake(where, "participants: " + participant + " is no [[participant]]");
    }
    if (table.certificate.empty() && table.token_file.empty())
        findings.mistake(where, "needs a certificate or a token_file");
    if (!table.certificate.empty()) {
        if (!config.rest.tls || config.rest.files.client == http::ClientCertificate::none)
            findings.mistake(
                where, "certificate: the REST door asks for none (rest.tls, rest.tls_client)"
            );
        const auto certificate =
            findings.take(where + ": certificate", read_certificate(table.certificate));
        if (certificate) client.certificate = certificate->fingerprint();
    }
    if (!table.token_file.empty())
        client.token_sha256 = findings.take(where + ": token_file", read_token(table.token_file));
    return client;
}

std::vector<api::Client> load_clients(const Config& config, Findings& findings)
{
    std::vector<api::Client> clients;
    std::set<std::string> names;
    std::set<std::string> credentials;
    for (const auto& table : config.clients) {
        auto client = load_client(config, table, findings);
        const auto where = "[[client]] " + client.name;
        if (!names.insert(client.name).second) findings.mistake(where, "is there twice");
        for (const auto& credential : {client.certificate, client.token_sha256}) {
            if (credential && !credentials.insert(*credential).second)
                findings.mistake(where, "has the certificate or token of another client");
        }
        clients.push_back(std::move(client));
    }
    if (clients.empty())
        findings.warnings.push_back(
            "no [[client]]: only the operator can submit and fetch, over the admin socket"
        );
    return clients;
}

bool is_default(const pmode::Retry& retry)
{
    const pmode::Retry otherwise;
    return retry.first == otherwise.first && retry.longest == otherwise.longest &&
           retry.time_to_live == otherwise.time_to_live;
}

void check_certificate_times(
    const std::string& where, const crypto::Certificate& certificate, base::Time now,
    Findings& findings
)
{
    if (now > certificate.not_after())
        findings.warnings.push_back(where + " expired " + base::to_text(certificate.not_after()));
    if (now < certificate.not_before())
        findings.warnings.push_back(
            where + " is not valid before " + base::to_text(certificate.not_before())
        );
}

pmode::Peer
load_peer(const Config& config, const PeerTable& table, base::Time now, Findings& findings)
{
    const auto where = "[[peer]] " + table.name;
    pmode::Peer peer;
    peer.name = table.name;
    peer.party_id = table.party_id;
    peer.url = table.url;
    peer.participants = table.participants;
    if (table.name.empty() || table.party_id.empty())
        findings.mistake(where, "name and party_id must not be empty");
    const auto url = http::parse_url(table.url);
    if (!url || url->kind == http::Url::Kind::unix_socket)
        findings.mistake(where, "url: must be https://HOST[:PORT]/PATH");
    else if (url->kind == http::Url::Kind::http)
        findings.warnings.push_back(where + " is sent to without TLS (" + table.url + ")");

    if (auto mode = findings.take(where + ": preset", pmode::preset(table.preset))) {
        peer.pmode = std::move(*mode);
        if (!table.services.empty()) peer.pmode.services = table.services;
        if (!table.actions.empty()) peer.pmode.actions = table.actions;
        if (is_default(peer.pmode.retry))
            peer.pmode.retry = config.retry; // a preset that fixes its own keeps it
        peer.pmode.limits = config.payload;
    }
    for (const auto& file : table.certificates) {
        const auto certificate = findings.take(where + ": certificates", read_certificate(file));
        if (certificate) peer.pinned.push_back(*certificate);
    }
    if (!table.encryption_certificate.empty())
        peer.encryption = findings.take(
            where + ": encryption_certificate", read_certificate(table.encryption_certificate)
        );
    else if (!peer.pinned.empty())
        peer.encryption = peer.pinned.front();
    if (!peer.participants.empty() && table.encryption_certificate.empty() &&
        table.certificates.empty())
        findings.mistake(
            where, "has participants but no encryption_certificate (nor certificates): it could "
                   "not be sent to"
        );

    if (peer.encryption)
        check_certificate_times(
            where + ": encryption certificate", *peer.encryption, now, findings
        );
    for (const auto& pinned : peer.pinned)
        check_certificate_times(where + ": pinned certificate", pinned, now, findings);
    return peer;
}

std::vector<pmode::Peer> load_peers(const Config& config, base::Time now, Findings& findings)
{
    std::vector<pmode::Peer> peers;
    std::set<std::string> names;
    for (const auto& table : config.peers) {
        peers.push_back(load_peer(config, table, now, findings));
        if (!names.insert(table.name).second)
            findings.mistake("[[peer]] " + table.name, "is there twice");
        if (config.trust.empty() && table.certificates.empty())
            findings.mistake(
                "[[peer]] " + table.name,
                "has no certificates, and node.trust is not set: nothing of it could be trusted"
            );
    }
    if (peers.empty())
        findings.warnings.push_back("no [[peer]]: there is nobody to exchange messages with");
    return peers;
}

// "127.0.0.1:8443", "[::1]:0": an address, not a name, so that nobody's resolver decides where we
// listen.
void check_listen(const std::string& table, const std::string& listen, Findings& findings)
{
    const auto colon = std::min(listen.rfind(':'), listen.size());
    auto host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::system::error_code failure;
    boost::asio::ip::make_address(host, failure);
    const auto port = listen.substr(std::min(colon + 1, listen.size()));
    const bool digits = !port.empty() && port.size() <= 5 &&
                        port.find_first_not_of("0123456789") == std::string::npos;
    if (failure || !digits || std::stoi(port) > 65535)
        findings.mistake(table, "listen must be ADDRESS:PORT, like 127.0.0.1:8443 or [::1]:8443");
}

TlsContext load_door(const std::string& table, const Door& door, Findings& findings)
{
    check_listen(table, door.listen, findings);
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

void check_values(const Config& config, Findings& findings)
{
    if (config.as4_path.empty() || config.as4_path.front() != '/')
        findings.mistake("[as4]", "path must begin with /");
    if (config.retry.first > config.retry.longest)
        findings.mistake("[send]", "retry_first is longer than retry_longest");
    if (config.msh.lease < shortest_lease)
        findings.mistake(
            "[send]", "lease must be at least 100ms: it is renewed while a message is being sent"
        );
    if (config.payload.compressed > config.as4.limits.body_bytes)
        findings.mistake("[receive]", "part_size is larger than message_size");
    if (config.party_id.empty()) findings.mistake("[node]", "party_id is empty");
    if (config.as4.listen == config.rest.listen && !config.rest.listen.ends_with(":0"))
        findings.mistake("[rest]", "listen is the same as that of [as4]");
    std::error_code absent; // what is not there yet is made
    if (std::filesystem::exists(config.queue.folder, absent) &&
        !std::filesystem::is_directory(config.queue.folder, absent))
        findings.mistake("[node]", "data_dir is no folder: " + config.queue.folder.string());
    if (config.admin_socket.string().size() > longest_socket)
        findings.mistake(
            "[admin]", "socket is longer than " + std::to_string(longest_socket) +
                           " characters, which the operating system does not allow"
        );
}

void check_own(
    const Config& config, const crypto::Signer& signer, base::Time now, Findings& findings
)
{
    const auto& own = signer.certificate();
    check_certificate_times("[node] certificate", own, now, findings);
    if (own.common_name() != config.party_id)
        findings.warnings.push_back(
            "[node] certificate is for " + own.common_name() + ", not for " + config.party_id +
            ": peers that have not pinned it will refuse it"
        );
}

} // namespace

base::Result<Loaded> load(const Config& config, base::Time now)
{
    Findings findings(config);
    check_values(config, findings);
    check_participants(config, findings);
    auto signer = findings.take(
        "[node] key, certificate", crypto::Signer::from_files(config.key, config.certificate)
    );
    if (signer) check_own(config, *signer, now, findings);
    std::optional<std::vector<crypto::Certificate>> anchors(std::in_place);
    if (!config.trust.empty())
        anchors = findings.take("[node] trust", read_certificates(config.trust));
    auto clients = load_clients(config, findings);
    auto pmodes = findings.take(
        "[[peer]]", pmode::PModes::make(config.party_id, load_peers(config, now, findings))
    );
    auto as4_tls = load_door("[as4]", config.as4, findings);
    auto rest_tls = load_door("[rest]", config.rest, findings);
    auto send_tls = findings.take("[send]", http::client_context(config.send_tls));

    if (!findings.text().empty()) return base::Error(base::errc::bad_format, findings.text());
    return Loaded{std::move(*signer),   crypto::TrustStore(std::move(*anchors)),
                  std::move(*pmodes),   std::move(clients),
                  std::move(as4_tls),   std::move(rest_tls),
                  std::move(*send_tls), std::move(findings.warnings)};
}

} // namespace kurird
