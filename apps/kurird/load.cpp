// SPDX-License-Identifier: Apache-2.0
// Reads keys, certificates and tokens, and holds the tables against each other. All mistakes are
// told at once.
#include "kurird/load.hpp"

#include "crypto/digest.hpp"
#include "kurird/destinations.hpp"
#include "kurird/doors.hpp"
#include "kurird/load_certificates.hpp"
#include "kurird/load_pmodes.hpp"
#include "kurird/load_pressure.hpp"
#include "kurird/load_retention.hpp"
#include "kurird/secret_file.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <sys/un.h>

namespace kurird {

namespace {

constexpr std::size_t shortest_token = 16;
constexpr base::Duration shortest_lease(100);
constexpr std::size_t max_socket_length = sizeof(sockaddr_un::sun_path) - 1;

base::Result<crypto::Certificate> read_certificate(const base::Path& file)
{
    const auto certificates = read_certificates(file);
    if (!certificates) return certificates.error();
    return certificates->front();
}

// Where all P-Modes are without four corners, messages are for our own party alone.
bool needs_participants(const Config& config)
{
    const auto two_corner = [&](const PeerTable& peer) {
        const auto is_its = [&](const PModeTable& table) { return table.mode.id == peer.pmode; };
        const auto found = std::ranges::find_if(config.pmodes, is_its);
        return found != config.pmodes.end() && !found->mode.four_corner;
    };
    return config.peers.empty() || !std::ranges::all_of(config.peers, two_corner);
}

void check_participants(const Config& config, Findings& findings)
{
    if (config.msh.participants.empty() && needs_participants(config))
        findings.mistake(
            "[[participant]]", "at least one is needed: without it nothing can be sent or received"
        );
    std::set<std::string> seen;
    for (const auto& id : config.msh.participants) {
        findings.check_text("[[participant]]", "id", id);
        if (!seen.insert(base::lower(id)).second)
            findings.mistake(
                "[[participant]] " + id, "is there twice (upper and lower case are the same)"
            );
    }
}

// SHA-256 of the token in a file.
base::Result<base::Bytes> read_token(const base::Path& file)
{
    const auto secret = read_secret(file);
    if (!secret) return secret.error();
    const auto token = secret->view();
    if (token.size() < shortest_token)
        return base::Error(
            base::errc::bad_format,
            file.string() + " has fewer than " + std::to_string(shortest_token) + " characters"
        );
    return crypto::sha256(token);
}

msh::Scopes load_scopes(const ClientTable& table, const std::string& where, Findings& findings)
{
    msh::Scopes scopes;
    for (const auto& word : table.scopes) {
        const auto scope = msh::scope_from_text(word);
        if (scope)
            scopes.add(*scope);
        else
            findings.mistake(
                where, "scopes: \"" + word + "\" is none of submit, fetch, read and operate"
            );
    }
    if (table.scopes.empty()) findings.mistake(where, "scopes: at least one is needed");
    return scopes;
}

api::Client load_client(const Config& config, const ClientTable& table, Findings& findings)
{
    const auto where = "[[client]] " + table.name;
    api::Client client;
    client.name = table.name;
    client.participants = table.participants;
    client.scopes = load_scopes(table, where, findings);
    findings.check_text(where, "name", table.name);
    if (table.name == "operator")
        findings.mistake(
            where, "name must not be \"operator\", which is what the log calls others"
        );
    if (table.participants.empty()) findings.mistake(where, "participants: at least one is needed");
    const auto& served = config.msh.participants;
    for (const auto& participant : table.participants) {
        // Our own party is the end of P-Modes that are not four-corner.
        const bool known = std::ranges::find(served, participant) != served.end();
        if (!known && participant != config.party_id)
            findings.mistake(where, "participants: " + participant + " is no [[participant]]");
    }
    if (table.certificate.empty() && table.token_file.empty())
        findings.mistake(where, "needs a certificate or a token_file");
    if (!table.certificate.empty()) {
        const bool told = config.rest.tls || !config.rest.client_certificate_header.empty();
        if (!told || config.rest.files.client == http::ClientCertificate::none)
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

void check_values(const Config& config, Findings& findings)
{
    const auto& path = config.as4_path;
    if (path.empty() || path.front() != '/')
        findings.mistake("[as4]", "path must begin with /");
    else if (path.find_first_of("?#") != std::string::npos || !ebms::obstacle_in(path).empty())
        findings.mistake("[as4]", "path has a character that the path of no request has: " + path);
    check_retry("[send]", config.retry, findings);
    if (config.msh.scheduling.probe_delay > config.msh.scheduling.probe_max_delay)
        findings.mistake("[send]", "probe_delay is longer than probe_max_delay");
    if (config.msh.lease < shortest_lease)
        findings.mistake(
            "[send]", "lease must be at least 100ms: it is renewed while a message is being sent"
        );
    if (config.payload.compressed > config.as4.limits.body_bytes)
        findings.mistake("[receive]", "max_part_size is larger than max_message_size");
    findings.check_text("[node]", "party_id", config.party_id);
    if (config.as4.listen == config.rest.listen && !config.rest.listen.ends_with(":0"))
        findings.mistake("[rest]", "listen is the same as that of [as4]");
    check_metrics_door(config, findings);
    std::error_code absent; // what is not there yet is made
    if (std::filesystem::exists(config.queue.folder, absent) &&
        !std::filesystem::is_directory(config.queue.folder, absent))
        findings.mistake("[node]", "data_dir is no folder: " + config.queue.folder.string());
    if (config.admin_socket.string().size() > max_socket_length)
        findings.mistake(
            "[admin]", "socket is longer than " + std::to_string(max_socket_length) +
                           " characters, which the operating system does not allow"
        );
}

void check_own(
    const Config& config, const crypto::Signer& signer, base::Time now, Findings& findings
)
{
    const auto& own = signer.certificate();
    check_times("[node] certificate", own, now, findings);
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
    check_retention(config, findings);
    check_pressure(config, findings);
    check_repeats(config, findings);
    auto signer = findings.take(
        "[node] key, certificate", crypto::Signer::from_files(config.key, config.certificate)
    );
    if (signer) check_own(config, *signer, now, findings);
    std::optional<std::vector<crypto::Certificate>> anchors(std::in_place);
    if (!config.trust.empty())
        anchors = findings.take("[node] trust", read_certificates(config.trust));
    auto clients = load_clients(config, findings);
    auto pmodes = findings.take(
        "[[peer]]",
        pmode::PModes::make(
            config.party_id, load_peers(config, signer ? &*signer : nullptr, now, findings)
        )
    );
    auto as4_tls = load_door("[as4]", config.as4, findings);
    auto rest_tls = load_door("[rest]", config.rest, findings);
    auto as4_front = load_front("[as4]", config.as4, findings);
    auto rest_front = load_front("[rest]", config.rest, findings);
    auto send_tls = findings.take("[send]", http::client_context(config.send_tls));
    auto destinations = load_destinations(config, send_tls.value_or(nullptr), findings);

    if (!findings.text().empty()) return base::Error(base::errc::bad_format, findings.text());
    check_tls_times(config, now, findings);
    check_trust(config, *signer, *anchors, *pmodes, now, findings);
    auto witnesses = clock_witnesses(config, *signer, *anchors, *pmodes);
    if (auto suspicion = msh::clock_suspicion(witnesses, now); !suspicion.empty())
        findings.warnings.push_back(std::move(suspicion));
    return Loaded{std::move(*signer),   crypto::TrustStore(std::move(*anchors)),
                  std::move(*pmodes),   std::move(clients),
                  std::move(as4_tls),   std::move(rest_tls),
                  std::move(as4_front), std::move(rest_front),
                  std::move(*send_tls), std::move(destinations),
                  std::move(witnesses), std::move(findings.warnings)};
}

} // namespace kurird
