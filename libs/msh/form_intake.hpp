// SPDX-License-Identifier: Apache-2.0
// A submission as multipart/form-data (RFC 7578). The first field, `message`, describes the message
// and its recipient. The payloads follow, each read in one pass. A caller that may not submit is
// refused before the first payload is read.
#pragma once

#include "mime/reader.hpp"
#include "msh/description.hpp"
#include "msh/payload_intake.hpp"
#include "msh/state.hpp"

#include <optional>
#include <vector>

namespace msh {

// A payload that arrived completely.
struct ArrivedPayload {
    DescribedPayload described; // every value filled in
    PayloadIntake octets;
};

class FormIntake final : public mime::PartListener {
public:
    // All references must outlive the intake. errc::bad_form if content_type has no boundary.
    static base::Result<std::unique_ptr<FormIntake>> start(
        const State& state, const Caller& caller, const ReadDescription& read,
        std::string_view content_type
    );
    // Takes the next piece of the body. errc::bad_form, bad_value, not_your_participant,
    // sender_not_served, text_too_large, too_compressible; pmode::errc::unknown_peer;
    // http::errc::too_large; errors of `read`, of xml and of base.
    base::Result<> feed(base::BytesView piece);
    // Call once, after the last piece and before the functions below. errc::bad_form.
    base::Result<> finish();

    const Description& description() const { return *description_; } // payloads in PartInfo order
    const pmode::Peer& peer() const { return *peer_; }
    std::vector<ArrivedPayload> payloads();      // in PartInfo order; call once
    std::uint64_t size() const { return size_; } // plain octets of all payloads

    base::Result<> part_begins(const mime::PartHeader& header) override;
    base::Result<> part_data(base::BytesView octets) override;
    base::Result<> part_ends() override;

private:
    FormIntake(
        const State& state, const Caller& caller, const ReadDescription& read, std::string boundary
    );
    base::Result<> take_description();
    base::Result<std::size_t> place_of(const std::string& field);
    base::Result<> begin_payload(const mime::PartHeader& header);

    const State& state_;
    const Caller& caller_;
    const ReadDescription& read_;
    mime::Reader reader_;
    bool begun_ = false;
    base::Bytes text_; // of the field `message`, while it arrives
    std::optional<Description> description_;
    bool as_they_come_ = false; // the description names no payloads: every field is one
    const pmode::Peer* peer_ = nullptr;
    std::vector<std::optional<PayloadIntake>> arrived_; // parallel to description_->payloads
    std::size_t current_ = 0;
    std::uint64_t size_ = 0;
};

} // namespace msh
