// SPDX-License-Identifier: Apache-2.0
// The P-Mode presets of networks. A preset is data only. If a network needs code here, a field of
// PMode is missing.
#include "pmode/parameters.hpp"

namespace pmode {
namespace {

// eDelivery AS4 1.15, common profile with the four-corner enhancement [ED115 1.4, 1.5.2]. A
// [[pmode]] table adds the services, actions, agreement and types of a network.
PMode edelivery()
{
    PMode mode;
    mode.id = "edelivery";
    mode.initiator_role = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/initiator";
    mode.responder_role = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/responder";
    mode.mpc = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC";
    mode.payload_content_id = "message";
    mode.payload_mime_type = "application/xml";
    return mode;
}

// Säker digital kommunikation on DIGG's platform [DIGG TP-AS4 2.3.1, rules in brackets]. Roles
// [l, o] and MPC [d] are those of the common profile.
PMode sdk()
{
    PMode mode = edelivery();
    mode.id = "sdk";
    mode.party_type = "urn:fdc:digg.se:edelivery:transportprofile:as4:partytype:ap"; // [k, n]
    mode.own_party_type = mode.party_type;
    mode.service_type = "urn:fdc:digg.se:edelivery:process"; // [b]
    mode.services = {"bdx:noprocess"};                       // [a]
    // [c] [DIGG KL-G] The message and the business acknowledgement (kvittens), in the one transport
    // model that SDK uses.
    mode.actions = {
        "busdox-docid-qns::urn:riv:infrastructure:messaging:MessageWithAttachments:3::"
        "messagePayload##3.0::tm-base-ext-sigenc",
        "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::"
        "ApplicationResponse##fdc:digg.se:"
        "edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc"
    };
    mode.participant_scheme = "iso6523-actorid-upis"; // [p, q]
    // DIGG prescribes no agreement, no Content-ID and no media type. This media type and the
    // Content-ID "message" come from DIGG's sample P-Mode.
    mode.payload_mime_type = "text/xml";
    return mode;
}

struct Preset {
    std::string_view name;
    PMode (*make)();
};

constexpr Preset presets[] = {{"sdk", sdk}, {"edelivery", edelivery}};

} // namespace

std::vector<wss::KeyTransport> old_key_transports()
{
    using crypto::Hash;
    const std::string mgf1p = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"; // always MGF1-SHA1
    const std::string oaep(wss::uri::rsa_oaep);
    return {
        {mgf1p, {Hash::sha256, Hash::sha1}},
        {mgf1p, {Hash::sha1, Hash::sha1}},
        {oaep, {Hash::sha256, Hash::sha1}},
        {oaep, {Hash::sha1, Hash::sha1}}
    };
}

base::Result<PMode> preset(std::string_view name)
{
    for (const Preset& preset : presets)
        if (preset.name == name) return preset.make();
    return base::Error(errc::unknown_preset, std::string(name));
}

std::vector<std::string> preset_names()
{
    std::vector<std::string> names;
    for (const Preset& preset : presets)
        names.emplace_back(preset.name);
    return names;
}

} // namespace pmode
