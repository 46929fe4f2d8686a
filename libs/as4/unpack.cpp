// SPDX-License-Identifier: Apache-2.0
// admit() and prove() make the checks in the required order (design 5.2). The rest of the file
// collects the MIME parts and passes the attachments through their pipeline.
#include "as4/unpack.hpp"

#include "as4/coverage.hpp"
#include "as4/freshness.hpp"
#include "as4/signal_envelope.hpp"
#include "as4/signer.hpp"
#include "mime/content_type.hpp"
#include "wss/encryption.hpp"
#include "wss/envelope.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace as4 {
namespace {

constexpr std::string_view soap_type = "application/soap+xml";

// Returns the Content-ID of a start parameter, which may have angle brackets or not [RFC 2387 3.2].
std::string_view without_brackets(std::string_view id)
{
    id = base::trim(id);
    if (id.size() >= 2 && id.front() == '<' && id.back() == '>') return id.substr(1, id.size() - 2);
    return id;
}

std::string charset_of(std::string_view content_type)
{
    const auto type = mime::parse_content_type(content_type);
    return type ? type->parameter("charset").value_or("") : "";
}

// [ED115 1.4.2.2] Checks that the Body of a UserMessage is empty and that the Header has
// wsse:Security.
base::Result<> check_shape(const wss::Envelope& envelope)
{
    const auto body = envelope.body.text();
    if (!body || !base::trim(*body).empty())
        return base::Error(errc::part_mismatch, "payload in the Body");
    if (!envelope.security) return base::Error(wss::errc::not_signed);
    return {};
}

// Returns nullptr if the Timestamp is not signed, because its content then proves nothing.
const wss::Timestamp*
signed_timestamp(const wss::SecurityHeader& header, const wss::SignedParts& parts)
{
    return header.timestamp && parts.timestamp ? &*header.timestamp : nullptr;
}

bool is_backwards(const wss::Timestamp& timestamp)
{
    return timestamp.created && timestamp.expires && *timestamp.expires < *timestamp.created;
}

// Repeats are recognised by a record that is kept for a limited time. A message that could arrive
// again after its record is removed is refused.
base::Result<> check_timely(base::Time stamp, const UnpackLimits& limits, base::Time now)
{
    if (stamp < now - limits.max_timestamp_age)
        return base::Error(
            errc::untimely, "Timestamp " + base::to_text(stamp) + " is older than we accept"
        );
    if (stamp > now + limits.max_timestamp_ahead)
        return base::Error(
            errc::untimely, "Timestamp " + base::to_text(stamp) + " is in the future"
        );
    return {};
}

} // namespace

struct Unpacker::State final : mime::PartListener {
    enum class Current { soap, early, attachment };
    struct EarlyPart {
        mime::PartHeader header;
        base::Content content;
    };

    const UnpackContext context; // a cheap copy: references and a few limits
    base::Time now;
    std::optional<mime::Reader> reader; // empty: the body is the bare envelope
    std::string start;                  // Content-ID of the SOAP part; empty: the first part
    std::string charset;                // of the SOAP part's Content-Type; empty: none
    std::optional<base::Error> failure; // the first error; later calls return it again
    base::Bytes soap;
    std::optional<base::Bytes> signal; // the SOAP part, if it has only signals
    std::string message_id;
    const pmode::Peer* claimed = nullptr;
    const pmode::Peer* peer = nullptr; // equal to `claimed` once verified

    Current current = Current::soap;
    std::set<std::string> content_ids;
    bool any_part = false;
    std::vector<EarlyPart> early;
    std::optional<base::Spool> early_spool;
    std::uint64_t early_size = 0;

    base::Bytes signed_info_digest;   // of the verified header
    std::optional<base::Error> stale; // why the signed Timestamp is not fresh
    std::optional<Verified> verified; // set when the header is verified; parts may follow
    std::vector<ExpectedPart> expected;
    std::vector<std::optional<VerifiedPart>> arrived; // same indices as `expected`
    std::optional<crypto::Secret> key;
    std::optional<Attachment> attachment;
    std::size_t attachment_index = 0;

    State(const UnpackContext& with, base::Time at) : context(with), now(at) {}

    base::Result<> part_begins(const mime::PartHeader& header) override;
    base::Result<> part_data(base::BytesView octets) override;
    base::Result<> part_ends() override;

    base::Result<> take_soap(base::BytesView octets);
    base::Result<> look_for_signals(const xml::Document& document);
    base::Result<xml::Document> parse_soap();
    base::Result<> admit();
    base::Result<>
    prove(const xml::Document& document, const wss::Envelope& envelope, ebms::UserMessage message);
    base::Result<> process_early();
    base::Result<> begin_attachment(const mime::PartHeader& header);
    base::Result<> end_attachment();
    base::Result<> complete();
};

base::Result<> Unpacker::State::take_soap(base::BytesView octets)
{
    if (soap.size() + octets.size() > context.limits.soap.bytes)
        return base::Error(xml::errc::limit, "SOAP part too large");
    soap.append(octets);
    return {};
}

// Sets a message that has only signals aside for answer.cpp and returns errc::not_a_user_message.
// The other blocks of its SOAP header do not matter. A message with a UserMessage, or with neither,
// continues to the strict reading.
base::Result<> Unpacker::State::look_for_signals(const xml::Document& document)
{
    const auto envelope = locate_signals(document);
    if (!envelope) return {};
    const auto& messaging = envelope->parts.messaging;
    if (!messaging.child({wss::uri::eb, "SignalMessage"}) ||
        messaging.child({wss::uri::eb, "UserMessage"}))
        return {};
    message_id = ebms::message_id_of(messaging);
    if (const auto read = ebms::read(messaging); !read) return read.error();
    signal = std::move(soap);
    return base::Error(errc::not_a_user_message);
}

// A wrong charset parameter must not cost us a proof. If the charset does not fit, signals are read
// without it, as in an HTTP answer. The digests of their signature show whether that reading is
// correct.
base::Result<xml::Document> Unpacker::State::parse_soap()
{
    auto document = xml::Document::parse(soap, context.limits.soap, charset);
    if (document || document.error().code != xml::errc::wrong_encoding || charset.empty())
        return document;
    const auto without = xml::Document::parse(soap, context.limits.soap);
    if (!without) return document;
    if (auto none = look_for_signals(*without); !none) return none.error();
    return document;
}

// Turns the octets of the SOAP part into a verified header and the content key.
base::Result<> Unpacker::State::admit()
{
    const auto document = parse_soap();
    if (!document) return document.error();
    if (auto none = look_for_signals(*document); !none) return none;
    const auto envelope = wss::locate(*document);
    if (!envelope) return envelope.error();
    message_id = ebms::message_id_of(envelope->messaging);
    auto message = ebms::read(envelope->messaging);
    if (!message) return message.error();
    auto* user_message = std::get_if<ebms::UserMessage>(&*message);
    if (!user_message) return base::Error(errc::not_a_user_message);
    if (!context.user_messages) return base::Error(errc::only_signals);
    if (auto shape = check_shape(*envelope); !shape) return shape;
    if (auto proven = prove(*document, *envelope, std::move(*user_message)); !proven) return proven;
    verified->envelope_ = std::move(soap);
    return process_early();
}

base::Result<> Unpacker::State::prove(
    const xml::Document& document, const wss::Envelope& envelope, ebms::UserMessage message
)
{
    const auto match = context.pmodes.match(message);
    if (!match) return match.error();
    claimed = match->peer;
    const pmode::PMode& agreed = match->peer->pmode;
    // Check algorithms, transforms and key forms against the P-Mode before any cryptography.
    const auto header = wss::read_security(document, *envelope.security, agreed.algorithms);
    if (!header) return header.error();
    if (!header->signature) return base::Error(wss::errc::not_signed);
    const auto& signature = *header->signature;
    const auto proof = wss::verify_header(document, envelope, signature, match->peer->known(), now);
    if (!proof) return proof.error();
    // [ED115 DR02-DR04] Check that the signer is trusted, and that the certificate belongs to the
    // party that the message names.
    if (auto accepted = check_signer(
            SignerOf::message, *match->peer, context.trust, proof->signer,
            signature.key.certificates, now
        );
        !accepted)
        return accepted;
    peer = match->peer;
    signed_info_digest = proof->parts.signed_info_digest;
    const auto* const timestamp = signed_timestamp(*header, proof->parts);
    // [BSP R3203] A Timestamp without Created does not say when it was made.
    if (agreed.timestamp.required && !(timestamp && timestamp->created))
        return base::Error(errc::no_timestamp);
    if (timestamp) {
        if (is_backwards(*timestamp))
            return base::Error(wss::errc::malformed, "wsu:Timestamp: Expires is before Created");
        const FreshnessLimits limits{
            agreed.timestamp.skew, context.limits.max_timestamp_age,
            context.limits.max_timestamp_ahead
        };
        const auto fresh = check_freshness(*timestamp, limits, now);
        if (!fresh) stale = fresh.error();
    }
    if (auto timely = check_timely(message.info.timestamp, context.limits, now); !timely)
        return timely;
    auto covered = check_coverage(message, proof->parts, header->encryption, agreed);
    if (!covered) return covered.error();
    expected = std::move(*covered);
    arrived.resize(expected.size());

    // Unpacking uses our private key only here. The sender is verified at this point.
    if (std::any_of(expected.begin(), expected.end(), [](const ExpectedPart& part) {
            return part.encrypted;
        })) {
        auto unwrapped = wss::unwrap_key(*header->encryption, context.own);
        // The key was encrypted for another certificate. That is no secret, but the peer gets the
        // same answer as for every other decryption failure.
        if (!unwrapped) return base::Error(wss::errc::decryption, unwrapped.error().text());
        key = std::move(*unwrapped);
    }
    verified = Verified(std::move(message), *peer, proof->signer);
    for (const auto& reference : signature.references)
        verified->references_.push_back(reference.xml);
    verified->signed_info_digest_ = signed_info_digest;
    return {};
}

base::Result<> Unpacker::State::process_early()
{
    for (const auto& part : early) {
        if (auto begun = begin_attachment(part.header); !begun) return begun;
        auto source = base::ContentReader::open(part.content);
        if (!source) return source.error();
        for (;;) {
            const auto piece = source->read();
            if (!piece) return piece.error();
            if (piece->empty()) break;
            if (auto taken = attachment->update(*piece); !taken) return taken;
        }
        if (auto ended = end_attachment(); !ended) return ended;
    }
    early.clear();
    return {};
}

base::Result<> Unpacker::State::begin_attachment(const mime::PartHeader& header)
{
    // [EBMS 5.1] A part that PayloadInfo does not name must not be processed. check_coverage() has
    // ensured that no such part is signed.
    const auto found =
        std::find_if(expected.begin(), expected.end(), [&](const ExpectedPart& part) {
            return part.content_id == header.content_id;
        });
    if (found == expected.end())
        return base::Error(
            errc::part_mismatch, "unexpected part " + header.content_id.substr(0, 200)
        );
    attachment_index = static_cast<std::size_t>(found - expected.begin());
    std::uint64_t taken = 0;
    for (const auto& part : arrived)
        taken += part ? part->plain_size : 0;
    const auto limits = peer->pmode.limits_of(found->content_id, taken);
    attachment.emplace(
        *found, header.content_type, key ? &*key : nullptr, limits, context.spool_folder
    );
    return {};
}

base::Result<> Unpacker::State::end_attachment()
{
    auto part = attachment->finish();
    attachment.reset();
    if (!part) return part.error();
    arrived[attachment_index] = std::move(*part);
    return {};
}

base::Result<> Unpacker::State::part_begins(const mime::PartHeader& header)
{
    // RFC 2392: a Content-ID names one part. With two such parts, the signed part and the used part
    // could differ.
    if (!header.content_id.empty() && !content_ids.insert(header.content_id).second)
        return base::Error(errc::part_mismatch, "Content-ID twice");
    const bool first = !any_part;
    any_part = true;
    if (verified) {
        current = Current::attachment;
        return begin_attachment(header);
    }
    // Some peers give a `start` that no part has as its Content-ID. A first part without Content-ID
    // is the root then, because nothing else can refer to that part.
    const bool unnamed = start.empty() || (first && header.content_id.empty());
    const bool is_root = unnamed ? first : header.content_id == start;
    current = is_root ? Current::soap : Current::early;
    if (is_root) charset = charset_of(header.content_type);
    if (!is_root) {
        early.push_back({header, {}});
        early_spool.emplace(context.spool_folder);
    }
    return {};
}

base::Result<> Unpacker::State::part_data(base::BytesView octets)
{
    switch (current) {
    case Current::soap:
        return take_soap(octets);
    case Current::early:
        early_size += octets.size();
        if (early_size > context.limits.early_part) return base::Error(errc::too_early);
        return early_spool->write(octets);
    case Current::attachment:
        return attachment->update(octets);
    }
    return {};
}

base::Result<> Unpacker::State::part_ends()
{
    switch (current) {
    case Current::soap:
        return admit();
    case Current::early:
        early.back().content = early_spool->finish();
        return {};
    case Current::attachment:
        return end_attachment();
    }
    return {};
}

base::Result<> Unpacker::State::complete()
{
    if (reader) {
        if (auto closed = reader->finish(); !closed) return closed;
        if (!verified)
            return base::Error(mime::errc::broken, "no part is the one that start names");
    } else if (auto admitted = admit(); !admitted) {
        return admitted;
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (!arrived[i])
            return base::Error(errc::part_mismatch, expected[i].content_id + " is missing");
        verified->parts_.push_back(std::move(*arrived[i]));
    }
    return {};
}

base::Result<Unpacker>
Unpacker::start(const UnpackContext& context, std::string_view content_type, base::Time now)
{
    const auto type = mime::parse_content_type(content_type);
    if (!type) return type.error();
    auto state = std::make_unique<State>(context, now);
    if (type->type == soap_type) {
        state->charset = type->parameter("charset").value_or("");
        return Unpacker(std::move(state));
    }
    const auto boundary = type->parameter("boundary");
    if (type->type != "multipart/related" || !boundary)
        return base::Error(mime::errc::bad_content_type, type->type.substr(0, 100));
    // [AS4 5.1.1] The parameter `type` is the media type of the root part. The profile has neither
    // SOAP 1.1 nor MTOM.
    const auto root =
        mime::parse_content_type(type->parameter("type").value_or(std::string(soap_type)));
    if (!root || root->type != soap_type)
        return base::Error(mime::errc::bad_content_type, "type of the root part");
    state->start = without_brackets(type->parameter("start").value_or(""));
    state->reader.emplace(*boundary, *state, context.limits.mime);
    return Unpacker(std::move(state));
}

Unpacker::Unpacker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Unpacker::Unpacker(Unpacker&&) noexcept = default;
Unpacker& Unpacker::operator=(Unpacker&&) noexcept = default;
Unpacker::~Unpacker() = default;

base::Result<> Unpacker::feed(base::BytesView piece)
{
    if (state_->failure) return *state_->failure;
    auto fed = state_->reader ? state_->reader->feed(piece) : state_->take_soap(piece);
    if (!fed) state_->failure = fed.error();
    return fed;
}

base::Result<Verified> Unpacker::finish()
{
    if (state_->failure) return *state_->failure;
    if (auto complete = state_->complete(); !complete) {
        state_->failure = complete.error();
        return complete.error();
    }
    return std::move(*state_->verified);
}

std::string Unpacker::message_id() const
{
    return state_->message_id;
}

const pmode::Peer* Unpacker::peer() const
{
    return state_->peer;
}

const pmode::Peer* Unpacker::claimed_peer() const
{
    return state_->claimed;
}

const base::Bytes& Unpacker::signed_info_digest() const
{
    return state_->signed_info_digest;
}

const base::Error* Unpacker::stale() const
{
    return state_->stale ? &*state_->stale : nullptr;
}

const base::Bytes* Unpacker::signal() const
{
    return state_->signal ? &*state_->signal : nullptr;
}

} // namespace as4
