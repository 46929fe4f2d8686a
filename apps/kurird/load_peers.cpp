// SPDX-License-Identifier: Apache-2.0
// [[peer]] tables: whether a peer's certificates and ours can do what its P-Mode says.
#include "ebms/structure.hpp"
#include "http/url.hpp"
#include "kurird/doors.hpp"
#include "kurird/load_certificates.hpp"
#include "kurird/load_pmodes.hpp"

#include <algorithm>
#include <set>

namespace kurird {

namespace {

using wss::TokenReference;

// All certificates of these files, the first of each.
std::vector<crypto::Certificate>
read_all(const std::string& where, const std::vector<base::Path>& files, Findings& findings)
{
    std::vector<crypto::Certificate> all;
    for (const auto& file : files) {
        const auto read = findings.take(where, read_certificates(file));
        if (read) all.push_back(read->front());
    }
    return all;
}

void load_certificates(
    const std::string& where, const PeerTable& table, base::Time now, pmode::Peer& peer,
    Findings& findings
)
{
    peer.pinned = read_all(where + ": certificates", table.certificates, findings);
    peer.looked_up = read_all(where + ": known_certificates", table.known_certificates, findings);
    if (!table.encryption_certificate.empty()) {
        const auto read =
            read_all(where + ": encryption_certificate", {table.encryption_certificate}, findings);
        if (!read.empty()) peer.encryption = read.front();
    } else if (!peer.pinned.empty()) {
        peer.encryption = peer.pinned.front();
    }
    if (!peer.pinned.empty() && !peer.looked_up.empty())
        findings.mistake(
            where, "known_certificates are of no use beside certificates, which alone are trusted"
        );
    if (peer.encryption)
        check_times(where + ": encryption certificate", *peer.encryption, now, findings);
    for (const auto& certificate : peer.pinned)
        check_times(where + ": pinned certificate", certificate, now, findings);
    for (const auto& certificate : peer.looked_up) {
        check_times(where + ": known certificate", certificate, now, findings);
        if (certificate.common_name() != peer.party_id)
            findings.mistake(
                where, "known_certificates: " + certificate.subject() + " is not " + peer.party_id +
                           ", so nothing it signs would be accepted"
            );
    }
}

void check_strength(
    const std::string& where, const std::string& whose, const crypto::Certificate& certificate,
    const pmode::PMode& mode, Findings& findings
)
{
    const auto bits = static_cast<std::uint64_t>(certificate.key_bits());
    if (bits < mode.minimum_strength)
        findings.mistake(
            where, whose + " has an RSA key of " + std::to_string(bits) +
                       " bits; minimum_strength is " + std::to_string(mode.minimum_strength)
        );
}

bool has_identifier(const crypto::Certificate& certificate)
{
    return !certificate.subject_key_identifier().empty();
}

// Whether messages to and from this peer can be signed, verified and encrypted as agreed.
void check_security(
    const std::string& where, const pmode::Peer& peer, const crypto::Signer* own, Findings& findings
)
{
    const auto& mode = peer.pmode;
    const auto& signing = mode.algorithms.signature_token;
    const auto& encrypting = mode.algorithms.encryption_token;
    constexpr auto identifier = TokenReference::subject_key_identifier;
    if (own) {
        check_strength(where, "our own certificate", own->certificate(), mode, findings);
        if (signing.front() == identifier && !has_identifier(own->certificate()))
            findings.mistake(
                where, "signature_token: our own certificate has no SubjectKeyIdentifier"
            );
    }
    if (mode.must_encrypt && !mode.four_corner && !peer.encryption)
        findings.warnings.push_back(
            where + " has no encryption_certificate (nor certificates): messages to it are refused"
        );
    if (mode.must_encrypt && !peer.participants.empty() && !peer.encryption)
        findings.mistake(
            where, "has participants but no encryption_certificate (nor certificates): it could "
                   "not be sent to"
        );
    if (mode.must_encrypt && peer.encryption) {
        check_strength(where, "encryption_certificate", *peer.encryption, mode, findings);
        if (encrypting.front() == identifier && !has_identifier(*peer.encryption))
            findings.mistake(
                where, "encryption_token: encryption_certificate has no SubjectKeyIdentifier"
            );
    }
    for (const auto& certificate : peer.pinned)
        check_strength(where, "certificates: one", certificate, mode, findings);
    const bool needs_lookup = std::ranges::any_of(signing, [](TokenReference form) {
        return form == TokenReference::subject_key_identifier ||
               form == TokenReference::issuer_serial;
    });
    if (needs_lookup && peer.known().empty())
        findings.warnings.push_back(
            where + ": signature_token accepts subject_key_identifier or issuer_serial, but no "
                    "certificate of this peer is known (known_certificates): only messages that "
                    "bring theirs can be verified"
        );
}

void check_parties(
    const std::string& where, const Config& config, const pmode::Peer& peer, Findings& findings
)
{
    const auto& mode = peer.pmode;
    // [EBMS 5.2.2.4]
    if (mode.party_type.empty() && !ebms::is_uri(peer.party_id))
        findings.mistake(where, "party_id without a party_type in its P-Mode must be a URI");
    if (mode.own_party_type.empty() && !ebms::is_uri(config.party_id))
        findings.mistake(
            where, "node.party_id without an own_party_type in this peer's P-Mode must be a URI"
        );
    if (mode.service_type == "")
        for (const auto& service : peer.pmode.services)
            if (!ebms::is_uri(service)) // [EBMS 5.2.2.8]
                findings.mistake(where, "service " + service + " without service_type is no URI");
    if (!mode.four_corner && !peer.participants.empty())
        findings.mistake(
            where, "participants mean nothing: its P-Mode has four_corner = false, so that "
                   "messages are for the access point itself"
        );
}

void check_url(const std::string& where, const std::string& text, Findings& findings)
{
    const auto url = http::parse_url(text);
    if (!url || url->kind == http::Url::Kind::unix_socket)
        findings.mistake(where, "url: must be https://HOST[:PORT]/PATH");
    else if (url->kind == http::Url::Kind::http)
        findings.warnings.push_back(where + " is sent to without TLS (" + text + ")");
}

std::optional<pmode::PMode>
find_pmode(const PeerTable& table, const PModesById& modes, Findings& findings)
{
    const auto found = modes.find(table.pmode);
    if (found == modes.end()) {
        findings.mistake(
            "[[peer]] " + table.name, "pmode: " + table.pmode + " is no preset and no [[pmode]]"
        );
        return std::nullopt;
    }
    auto mode = found->second;
    if (!table.services.empty()) mode.services = table.services;
    if (!table.actions.empty()) mode.actions = table.actions;
    return mode;
}

pmode::Peer load_peer(
    const Config& config, const PeerTable& table, const PModesById& modes,
    const crypto::Signer* own, base::Time now, Findings& findings
)
{
    const auto where = "[[peer]] " + table.name;
    pmode::Peer peer;
    peer.name = table.name;
    peer.party_id = table.party_id;
    peer.url = table.url;
    peer.participants = table.participants;
    findings.check_text(where, "name", table.name);
    findings.check_text(where, "party_id", table.party_id);
    findings.check_texts(where, "participants", table.participants);
    findings.check_texts(where, "services", table.services);
    findings.check_texts(where, "actions", table.actions);
    check_url(where, table.url, findings);
    load_certificates(where, table, now, peer, findings);
    if (auto mode = find_pmode(table, modes, findings)) {
        peer.pmode = std::move(*mode);
        check_parties(where, config, peer, findings);
        check_security(where, peer, own, findings);
    }
    if (config.trust.empty() && table.certificates.empty())
        findings.mistake(
            where, "has no certificates, and node.trust is not set: nothing of it could be trusted"
        );
    return peer;
}

} // namespace

std::vector<pmode::Peer>
load_peers(const Config& config, const crypto::Signer* own, base::Time now, Findings& findings)
{
    const auto modes = load_pmodes(config, findings);
    std::vector<pmode::Peer> peers;
    std::set<std::string> names;
    for (const auto& table : config.peers) {
        peers.push_back(load_peer(config, table, modes, own, now, findings));
        if (!names.insert(table.name).second)
            findings.mistake("[[peer]] " + table.name, "is there twice");
    }
    if (peers.empty())
        findings.warnings.push_back("no [[peer]]: there is nobody to exchange messages with");
    return peers;
}

} // namespace kurird
