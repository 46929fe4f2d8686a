// SPDX-License-Identifier: Apache-2.0
// The configuration in words, for `kurird --check`.
#include "kurird/load.hpp"

#include "base/units.hpp"
#include "kurird/load_pressure.hpp"
#include "kurird/load_retention.hpp"

namespace kurird {

namespace {

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "nobody" : text;
}

// What is believed of those who stand before a door.
std::string front(const Door& door)
{
    if (door.proxies.empty()) return {};
    std::string text = "; behind the proxies " + joined(door.proxies);
    if (door.proxy_protocol) text += ", which speak the PROXY protocol";
    if (!door.client_certificate_header.empty())
        text += ", which name the client's certificate in " + door.client_certificate_header;
    return text;
}

std::string listening(const Door& door)
{
    if (!door.tls) return door.listen + ", plain HTTP";
    std::string text =
        door.listen + ", TLS " + door.files.min_version + " or newer, client certificate ";
    switch (door.files.client) {
    case http::ClientCertificate::required:
        return text + "required";
    case http::ClientCertificate::optional:
        return text + "optional";
    case http::ClientCertificate::none:
        return text + "not asked for";
    }
    return text;
}

std::string door(const Door& door)
{
    return listening(door) + front(door);
}

std::string shares(const std::string& name, const Door& door)
{
    const auto& limits = door.limits;
    auto text = name + " takes " + std::to_string(limits.connections) + " connections, " +
                std::to_string(limits.per_address) + " from one address, " +
                std::to_string(limits.per_certificate) + " with one client certificate";
    if (door.tls) text += ", " + std::to_string(limits.handshakes) + " TLS handshakes at once";
    return text + ".\n";
}

std::string scopes_of(const api::Client& client)
{
    std::vector<std::string> scopes;
    for (const auto scope : msh::all_scopes)
        if (client.scopes.has(scope)) scopes.emplace_back(msh::to_text(scope));
    return joined(scopes);
}

std::string client(const api::Client& client)
{
    std::string by = client.certificate ? "certificate" : "";
    if (client.token_sha256) by += by.empty() ? "token" : " or token";
    return "Client " + client.name + ", known by " + by + ", acts for " +
           joined(client.participants) + "; scopes: " + scopes_of(client) + ".\n";
}

// The way to its server, where something is to be said of it.
std::string reached(const pmode::Peer& peer, const Loaded& loaded)
{
    const auto found = loaded.destinations.find(peer.name);
    if (found == loaded.destinations.end()) return {};
    const auto& to = *found->second;
    std::string text;
    if (to.proxy) text += "  is reached through the proxy " + to.proxy->name() + ";\n";
    if (!to.tls_name.empty()) text += "  its server is known as " + to.tls_name + ";\n";
    return text;
}

// The TLS client certificate that its server is shown, of the peer's table or of [send].
std::string shown_certificate(const Config& config, const pmode::Peer& peer)
{
    if (!peer.url.starts_with("https:")) return {};
    auto file = config.send_tls.certificate;
    for (const auto& table : config.peers)
        if (table.name == peer.name && !table.tls.certificate.empty()) file = table.tls.certificate;
    if (file.empty())
        return "  is shown no TLS client certificate: if it demands one, set send.tls_key and "
               "send.tls_certificate;\n";
    return "  is shown the TLS client certificate " + file.string() + ";\n";
}

std::string peer(const Config& config, const pmode::Peer& peer, const Loaded& loaded)
{
    std::string text = "Peer " + peer.name + ", party " + peer.party_id + ":\n";
    const bool two_corner = !peer.pmode.four_corner;
    const bool cannot_encrypt = peer.pmode.must_encrypt && !peer.encryption;
    if (cannot_encrypt || (!two_corner && peer.participants.empty()))
        text += "  is not sent to;\n";
    else
        text += "  is sent messages " +
                (two_corner ? "by its name" : "for " + joined(peer.participants)) + "\n  at " +
                peer.url + ";\n";
    text += peer.pinned.empty()
                ? "  its signature is trusted by the CAs of node.trust, if the certificate's CN is "
                  "its party id;\n"
                : "  its signature is trusted from " + std::to_string(peer.pinned.size()) +
                      " pinned certificate(s);\n";
    if (peer.encryption)
        text += "  is encrypted to " + peer.encryption->subject() + ", until " +
                base::to_text(peer.encryption->not_after()) + ";\n";
    text += reached(peer, loaded);
    text += shown_certificate(config, peer);
    text += describe(peer.pmode);
    return text;
}

} // namespace

std::string describe(const Config& config, const Loaded& loaded)
{
    const auto& own = loaded.signer.certificate();
    std::string text = "This access point is party " + config.party_id + ", signing as " +
                       own.subject() + ", until " + base::to_text(own.not_after()) + ".\n";
    text += "It keeps its messages in " + config.queue.folder.string() + ".\n";
    text += describe_retention(config);
    text += describe_pressure(config);
    text += "It serves " + joined(config.msh.participants) + ".\n";
    text += "AS4 at " + door(config.as4) + ", path " + config.as4_path + ", messages up to " +
            base::size_text(config.as4.limits.body_bytes) + ".\n";
    text += shares("AS4", config.as4);
    text += "REST at " + door(config.rest) + ", submissions up to " +
            base::size_text(config.msh.submission_bytes) + ".\n";
    text += shares("REST", config.rest);
    text += "Operators at " + config.admin_socket.string() + ".\n";
    if (!config.metrics_listen.empty())
        text += "Metrics at http://" + config.metrics_listen + "/metrics.\n";
    if (!config.send.user_agent.empty())
        text += "Peers and proxies see the User-Agent " + config.send.user_agent + ".\n";
    for (const auto& known : loaded.clients)
        text += client(known);
    for (const auto& known : loaded.pmodes.peers())
        text += peer(config, known, loaded);
    for (const auto& warning : loaded.warnings)
        text += "Warning: " + warning + ".\n";
    return text;
}

} // namespace kurird
