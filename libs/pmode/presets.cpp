// SPDX-License-Identifier: Apache-2.0
// P-Modes per network. A preset is data only: a network that needs code here has found a missing
// field of PMode.
#include "pmode/pmode.hpp"

namespace pmode {
namespace {

// Säker digital kommunikation on DIGG's platform [DIGG TP-AS4 2.3.1, rules in brackets].
PMode sdk()
{
    PMode mode;
    mode.id = "sdk";
    mode.party_type = "urn:fdc:digg.se:edelivery:transportprofile:as4:partytype:ap"; // [k, n]
    mode.initiator_role =
        "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/initiator"; // [l]
    mode.responder_role =
        "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/responder"; // [o]
    mode.service_type = "urn:fdc:digg.se:edelivery:process";                       // [b]
    mode.services = {"bdx:noprocess"};                                             // [a]
    // [c] [DIGG KL-G] message and kvittens, in the one transport model that SDK uses.
    mode.actions = {
        "busdox-docid-qns::urn:riv:infrastructure:messaging:MessageWithAttachments:3::"
        "messagePayload##3.0::tm-base-ext-sigenc",
        "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::"
        "ApplicationResponse##fdc:digg.se:"
        "edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc"};
    mode.participant_scheme = "iso6523-actorid-upis";                                      // [p, q]
    mode.mpc = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC"; // [d]
    // DIGG names no agreement, no Content-ID and no media type: these two are those of its sample
    // P-Mode.
    mode.payload_content_id = "message";
    mode.payload_mime_type = "text/xml";
    return mode;
}

struct Preset {
    std::string_view name;
    PMode (*make)();
};

constexpr Preset presets[] = {{"sdk", sdk}};

} // namespace

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
