// SPDX-License-Identifier: Apache-2.0
// Reads the fields of a form one after the other, and checks them against the first one.
#include "msh/form_intake.hpp"

#include "as4/coverage.hpp"
#include "mime/content_type.hpp"
#include "msh/outbound.hpp"

#include <algorithm>
#include <set>

namespace msh {

namespace {

constexpr std::string_view description_field = "message";
constexpr std::size_t description_limit = 64 * 1024;
constexpr std::string_view unknown_type = "application/octet-stream";

std::string in_quotes(std::string_view text)
{
    return "\"" + std::string(text.substr(0, 100)) + "\"";
}

bool is_reserved(std::string_view name)
{
    return name == "MimeType" || name == "CharacterSet" || name == "CompressionType";
}

// Checks the description of one payload by itself.
base::Result<> check(const DescribedPayload& payload)
{
    if (!is_content_id(payload.content_id))
        return base::Error(
            errc::bad_value, "content_id " + in_quotes(payload.content_id) + " of " +
                                 in_quotes(payload.part) + ": " + std::string(content_id_rule)
        );
    if (!mime::parse_content_type(payload.mime_type))
        return base::Error(
            errc::bad_value, "mime_type " + in_quotes(payload.mime_type) + " of " +
                                 in_quotes(payload.part) + " is no media type"
        );
    // [AS4 3.1][TA27][TA28] The name of an encoding, as in the XML declaration.
    if (!payload.character_set.empty() && !as4::is_encoding_name(payload.character_set))
        return base::Error(
            errc::bad_value, "character_set " + in_quotes(payload.character_set) + " of " +
                                 in_quotes(payload.part) + " is no name of an encoding"
        );
    for (const auto& property : payload.properties) {
        if (is_reserved(property.name))
            return base::Error(
                errc::bad_value, property.name + " is no property to set: use mime_type, "
                                                 "character_set, compress"
            );
    }
    return {};
}

// Checks that the caller may send the message, and returns the peer it goes to.
base::Result<const pmode::Peer*>
admit(const State& state, const Caller& caller, const Description& description)
{
    const auto& pmodes = state.parts.pmodes;
    const auto& sender = description.original_sender.id;
    const auto& recipient = description.final_recipient.id;
    if (sender.empty() && !recipient.empty())
        return base::Error(errc::bad_value, "original_sender is needed beside final_recipient");
    // Checked first: other callers must not learn which recipients can be reached.
    if (auto allowed = may_send_for(state, caller, sender.empty() ? pmodes.own_party() : sender);
        !allowed)
        return allowed.error();
    if (recipient.empty() == description.peer.empty())
        return base::Error(errc::bad_value, "final_recipient or peer must be given, and only one");
    const auto* peer = pmodes.by_name(description.peer);
    if (!recipient.empty()) {
        const auto route = pmodes.route(recipient);
        if (!route) return route.error();
        peer = route->peer;
    }
    if (!peer) return base::Error(pmode::errc::unknown_peer, in_quotes(description.peer));
    if (peer->pmode.four_corner && (sender.empty() || recipient.empty()))
        return base::Error(
            errc::bad_value, "original_sender and final_recipient are needed: the P-Mode of peer " +
                                 peer->name + " is four-corner"
        );
    if (!peer->pmode.four_corner && !(sender.empty() && recipient.empty()))
        return base::Error(
            errc::bad_value, "peer, not original_sender and final_recipient: the P-Mode of peer " +
                                 peer->name + " is not four-corner"
        );
    return peer;
}

} // namespace

base::Result<std::unique_ptr<FormIntake>> FormIntake::start(
    const State& state, const Caller& caller, const ReadDescription& read,
    std::string_view content_type
)
{
    const auto type = mime::parse_content_type(content_type);
    const auto boundary = type ? type->parameter("boundary") : std::nullopt;
    if (!boundary || boundary->empty())
        return base::Error(errc::bad_form, "Content-Type has no boundary");
    return std::unique_ptr<FormIntake>(new FormIntake(state, caller, read, *boundary));
}

FormIntake::FormIntake(
    const State& state, const Caller& caller, const ReadDescription& read, std::string boundary
)
    : state_(state), caller_(caller), read_(read),
      reader_(std::move(boundary), *this, state.settings.unpack.mime)
{
}

base::Result<> FormIntake::feed(base::BytesView piece)
{
    const auto fed = reader_.feed(piece);
    if (!fed && fed.error().code.category() == mime::category())
        return base::Error(errc::bad_form, fed.error().text());
    return fed;
}

base::Result<> FormIntake::finish()
{
    if (const auto ended = reader_.finish(); !ended)
        return base::Error(errc::bad_form, ended.error().text());
    for (std::size_t i = 0; i < arrived_.size(); ++i) {
        if (!arrived_[i])
            return base::Error(
                errc::bad_form, "the part " + in_quotes((*description_->payloads)[i].part) +
                                    " is described and did not come"
            );
    }
    return {};
}

std::vector<ArrivedPayload> FormIntake::payloads()
{
    std::vector<ArrivedPayload> all;
    for (std::size_t i = 0; i < arrived_.size(); ++i)
        all.push_back({(*description_->payloads)[i], std::move(*arrived_[i])});
    return all;
}

base::Result<> FormIntake::part_begins(const mime::PartHeader& header)
{
    if (begun_ && header.form_name != description_field) return begin_payload(header);
    if (begun_) return base::Error(errc::bad_form, "the part \"message\" came twice");
    if (header.form_name != description_field)
        return base::Error(errc::bad_form, "the first part must be the one named \"message\"");
    begun_ = true;
    return {};
}

base::Result<> FormIntake::part_data(base::BytesView octets)
{
    if (description_) {
        size_ += octets.size();
        if (size_ > state_.settings.submission_bytes)
            return base::Error(http::errc::too_large, "payloads");
        return arrived_[current_]->feed(octets);
    }
    if (text_.size() + octets.size() > description_limit)
        return base::Error(http::errc::too_large, "the part \"message\": at most 64 KB");
    text_ += octets;
    return {};
}

base::Result<> FormIntake::part_ends()
{
    if (!description_) return take_description();
    const auto finished = arrived_[current_]->finish();
    if (!finished)
        return base::Error(
            finished.error().code,
            in_quotes((*description_->payloads)[current_].part) + ": " + finished.error().detail
        );
    return arrived_[current_]->check_ratio(peer_->pmode.limits);
}

base::Result<> FormIntake::take_description()
{
    auto description = read_(text_);
    if (!description) return description.error();
    text_ = {};
    const auto peer = admit(state_, caller_, *description);
    if (!peer) return peer.error();
    peer_ = *peer;
    description_ = std::move(*description);
    as_they_come_ = !description_->payloads;
    if (as_they_come_) description_->payloads.emplace();
    if (description_->payloads->size() > peer_->pmode.limits.parts)
        return base::Error(
            http::errc::too_large, "at most " + std::to_string(peer_->pmode.limits.parts) + " parts"
        );
    arrived_.resize(description_->payloads->size());
    std::set<std::string_view> fields;
    for (const auto& payload : *description_->payloads) {
        if (!fields.insert(payload.part).second)
            return base::Error(
                errc::bad_value, "payloads: part " + in_quotes(payload.part) + " twice"
            );
    }
    return {};
}

// Returns the index of the described payload that belongs to this field. Adds a payload if the
// description lists none.
base::Result<std::size_t> FormIntake::place_of(const std::string& field)
{
    auto& described = *description_->payloads;
    const auto found = std::ranges::find(described, field, &DescribedPayload::part);
    const auto place = static_cast<std::size_t>(found - described.begin());
    if (found != described.end() && !arrived_[place]) return place;
    if (found != described.end())
        return base::Error(errc::bad_form, "the part " + in_quotes(field) + " came twice");
    if (!as_they_come_)
        return base::Error(errc::bad_form, "the part " + in_quotes(field) + " is not described");
    if (place == peer_->pmode.limits.parts)
        return base::Error(
            http::errc::too_large, "at most " + std::to_string(peer_->pmode.limits.parts) + " parts"
        );
    described.push_back({.part = field});
    arrived_.emplace_back();
    return place;
}

base::Result<> FormIntake::begin_payload(const mime::PartHeader& header)
{
    if (header.form_name.empty()) return base::Error(errc::bad_form, "a part without a name");
    const auto place = place_of(header.form_name);
    if (!place) return place.error();
    auto& payload = (*description_->payloads)[*place];
    if (payload.content_id.empty()) payload.content_id = payload.part;
    if (payload.mime_type.empty()) payload.mime_type = header.content_type;
    if (payload.mime_type.empty()) payload.mime_type = unknown_type;
    if (auto checked = check(payload); !checked) return checked;
    const bool compress = payload.compress.value_or(peer_->pmode.compress);
    current_ = *place;
    arrived_[current_].emplace(
        state_.parts.queue.spool_folder(), compress, payload.mime_type, peer_->pmode.limits
    );
    return {};
}

} // namespace msh
