// SPDX-License-Identifier: Apache-2.0
// Warnings about certificates: each can be the next reason why nothing goes through.
#include "kurird/load_certificates.hpp"

#include "crypto/trust.hpp"
#include "kurird/doors.hpp"

namespace kurird {

namespace {

constexpr auto soon = std::chrono::days(14);

using Certificates = std::vector<crypto::Certificate>;

// A file of TLS settings, by the key that names it.
struct TlsFile {
    std::string where;
    base::Path file;
    // The first certificate in the file is one that this access point shows to peers. The others,
    // and all of other files, are of CAs or of a local door.
    bool shown_to_peers = false;
};

std::vector<TlsFile> tls_files(const Config& config)
{
    std::vector<TlsFile> files;
    const auto add = [&](const std::string& table, const http::TlsFiles& tls, bool to_peers) {
        if (!tls.certificate.empty())
            files.push_back({table + " tls_certificate", tls.certificate, to_peers});
        if (!tls.ca.empty()) files.push_back({table + " tls_ca", tls.ca, false});
    };
    if (config.as4.tls) add("[as4]", config.as4.files, true);
    if (config.rest.tls) add("[rest]", config.rest.files, false);
    add("[send]", config.send_tls, true);
    for (const auto& peer : config.peers)
        add("[[peer]] " + peer.name, peer.tls, true);
    return files;
}

Certificates read_or_none(const base::Path& file)
{
    auto certificates = read_certificates(file);
    return certificates ? std::move(*certificates) : Certificates();
}

void check_encryption(
    const pmode::Peer& peer, const crypto::TrustStore& trust, base::Time now, Findings& findings
)
{
    if (!peer.pinned.empty() || !peer.encryption) return;
    const auto& certificate = *peer.encryption;
    const auto where = "[[peer]] " + peer.name + ": encryption certificate ";
    const auto verdict = trust.judge(certificate, {}, now);
    // Its key usage may be encryption alone; its validity is told where it is read.
    if (verdict == crypto::Trust::unknown_issuer)
        findings.warnings.push_back(
            where + "was issued by no CA of node.trust: " + crypto::described(certificate)
        );
    else if (!crypto::depends_on_time(verdict.trust) && certificate.common_name() != peer.party_id)
        findings.warnings.push_back(
            where + "is not for " + peer.party_id + ": " + crypto::described(certificate)
        );
}

} // namespace

void check_times(
    const std::string& where, const crypto::Certificate& certificate, base::Time now,
    Findings& findings
)
{
    const auto which = ": " + crypto::described(certificate);
    const auto end = base::to_text(certificate.not_after());
    if (now > certificate.not_after())
        findings.warnings.push_back(where + " expired " + end + which);
    else if (now + soon > certificate.not_after())
        findings.warnings.push_back(where + " expires " + end + ", in less than 14 days" + which);
    if (now < certificate.not_before())
        findings.warnings.push_back(
            where + " is not valid before " + base::to_text(certificate.not_before()) + which
        );
}

void check_tls_times(const Config& config, base::Time now, Findings& findings)
{
    for (const auto& [where, file, shown] : tls_files(config))
        for (const auto& certificate : read_or_none(file))
            check_times(where, certificate, now, findings);
}

void check_trust(
    const Config& config, const crypto::Signer& signer, const Certificates& anchors,
    const pmode::PModes& pmodes, base::Time now, Findings& findings
)
{
    if (config.trust.empty()) return;
    const crypto::TrustStore trust(anchors);
    const auto own = trust.judge(signer.certificate(), signer.chain(), now);
    if (own == crypto::Trust::unknown_issuer)
        findings.warnings.push_back(
            "[node] trust has no CA that issued our own certificate: if the peers have theirs from "
            "the same CA, it is the wrong file"
        );
    for (const auto& certificate : anchors)
        check_times("[node] trust", certificate, now, findings);
    for (const auto& peer : pmodes.peers())
        check_encryption(peer, trust, now, findings);
}

std::vector<msh::ClockWitness> clock_witnesses(
    const Config& config, const crypto::Signer& signer, const Certificates& anchors,
    const pmode::PModes& pmodes
)
{
    msh::ClockWitness own{{}, {}, anchors};
    // The first certificate is the end entity's, the others are of its CAs.
    const auto add = [&own](const Certificates& file, bool shown_to_peers) {
        for (std::size_t n = 0; n < file.size(); ++n)
            (shown_to_peers && n == 0 ? own.certificates : own.long_lived).push_back(file[n]);
    };
    add(signer.chain(), true);
    for (const auto& [where, file, shown_to_peers] : tls_files(config))
        add(read_or_none(file), shown_to_peers);
    std::vector<msh::ClockWitness> witnesses{std::move(own)};
    for (const auto& peer : pmodes.peers())
        witnesses.push_back({peer.name, peer.known()});
    return witnesses;
}

} // namespace kurird
