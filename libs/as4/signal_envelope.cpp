// SPDX-License-Identifier: Apache-2.0
// Refuses two blocks of one kind that are both for us, whichever of them is signed. A choice
// between the two would permit signature wrapping (facts: attack 1).
#include "as4/signal_envelope.hpp"

#include "wss/uris.hpp"

namespace as4 {
namespace {

using Blocks = std::vector<xml::Node>;

enum class Meant { for_us, for_next_msh, for_another };

std::string soap_attribute(xml::Node block, std::string_view name)
{
    return std::string(base::trim(block.attribute({wss::uri::soap12, name}).value_or("")));
}

Meant meant_for(xml::Node block)
{
    const auto role = soap_attribute(block, "role");
    if (role.empty() || role == "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver" ||
        role == "http://www.w3.org/2003/05/soap-envelope/role/next")
        return Meant::for_us;
    const bool next_msh =
        role == "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/part2/200811/nextmsh";
    return next_msh ? Meant::for_next_msh : Meant::for_another;
}

bool must_understand(xml::Node block)
{
    const auto value = soap_attribute(block, "mustUnderstand");
    return value == "true" || value == "1";
}

std::string name_of(xml::Node block)
{
    return "header block " + std::string(block.local_name().substr(0, 64)) + " (may be unsigned)";
}

// The blocks of one kind, grouped by their role.
struct Kind {
    Blocks ours;
    Blocks next_msh;

    void add(xml::Node block, std::vector<std::string>& unused)
    {
        switch (meant_for(block)) {
        case Meant::for_us:
            return ours.push_back(block);
        case Meant::for_next_msh:
            return next_msh.push_back(block);
        case Meant::for_another:
            return unused.push_back(name_of(block) + " for another role");
        }
    }
};

} // namespace

base::Result<SignalEnvelope> locate_signals(const xml::Document& document)
{
    using wss::errc;
    const xml::Node root = document.root();
    if (!root.is({wss::uri::soap12, "Envelope"})) return base::Error(errc::bad_envelope, "root");
    const Blocks parts = root.children();
    if (parts.size() != 2 || !parts[0].is({wss::uri::soap12, "Header"}) ||
        !parts[1].is({wss::uri::soap12, "Body"}))
        return base::Error(errc::bad_envelope, "Header and Body");

    Kind messaging;
    Kind security;
    std::vector<std::string> unused;
    for (const xml::Node block : parts[0].children()) {
        if (block.is({wss::uri::eb, "Messaging"}))
            messaging.add(block, unused);
        else if (block.is({wss::uri::wsse, "Security"}))
            security.add(block, unused);
        else if (must_understand(block) && meant_for(block) == Meant::for_us)
            unused.push_back(name_of(block));
    }
    const Blocks& meant = messaging.ours.empty() ? messaging.next_msh : messaging.ours;
    if (meant.empty()) return base::Error(errc::bad_envelope, "no eb:Messaging");
    if (meant.size() > 1) return base::Error(errc::bad_envelope, "a second eb:Messaging");
    if (security.ours.size() > 1) return base::Error(errc::bad_envelope, "a second wsse:Security");
    SignalEnvelope found{{meant.front(), parts[1], {}}, std::move(unused)};
    if (!security.ours.empty()) found.parts.security = security.ours.front();
    return found;
}

} // namespace as4
