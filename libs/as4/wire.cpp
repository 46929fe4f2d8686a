// SPDX-License-Identifier: Apache-2.0
// Wire: one attempt as a stream of known length. Parts are in PartInfo order, because some peers
// compare by position. [TA05][TA06][TA45]
#include "as4/pack.hpp"

#include "crypto/digest.hpp"
#include "crypto/gcm.hpp"
#include "mime/writer.hpp"

#include <optional>

namespace as4 {
namespace {

constexpr std::string_view soap_type = "application/soap+xml";
constexpr std::string_view root_content_id = "soap@kurir";

} // namespace

struct Wire::State {
    enum class Stage { head, begin_part, content, after, end };

    std::vector<const base::Content*> payloads;
    std::vector<base::Bytes> sha256;       // of the payloads; an empty digest is not checked
    std::vector<std::string> before_parts; // boundary lines and header fields
    std::string head;                      // everything up to the end of the SOAP part
    std::string after;
    std::string content_type;
    std::uint64_t content_length = 0;
    std::optional<crypto::Secret> key; // empty: parts are not encrypted

    Stage stage = Stage::head;
    std::size_t part = 0;
    std::optional<base::ContentReader> source;
    std::optional<crypto::GcmEncryptor> encryptor;
    std::optional<crypto::Sha256> hash; // of the current payload, if its digest is checked
    base::Bytes out;

    base::Result<> begin_part();
    base::Result<> content();
    base::Result<> check_content();
};

base::Result<> Wire::State::begin_part()
{
    out = before_parts[part];
    auto opened = base::ContentReader::open(*payloads[part]);
    if (!opened) return opened.error();
    source.emplace(std::move(*opened));
    hash.reset();
    if (part < sha256.size() && !sha256[part].empty()) hash.emplace();
    if (key) {
        encryptor.emplace(*key);
        out += encryptor->start();
    }
    stage = Stage::content;
    return {};
}

base::Result<> Wire::State::content()
{
    // The source returns exactly size() octets in total, or an error. So Content-Length is correct.
    const auto piece = source->read();
    if (!piece) return piece.error();
    out.clear();
    if (!piece->empty() && encryptor) encryptor->update(*piece, out);
    if (!piece->empty() && !encryptor) out = *piece;
    if (!piece->empty() && hash) hash->update(*piece);
    if (!piece->empty()) return {};
    if (const auto same = check_content(); !same) return same.error();
    if (encryptor) out = encryptor->finish();
    encryptor.reset();
    source.reset();
    stage = ++part < payloads.size() ? Stage::begin_part : Stage::after;
    return {};
}

// Runs before the last octets of the message are sent: the receiver discards an incomplete message.
base::Result<> Wire::State::check_content()
{
    if (!hash || hash->finish() == sha256[part]) return {};
    const auto& content = *payloads[part];
    const auto name = content.in_file() ? content.file().string() : "part " + std::to_string(part);
    return base::Error(base::errc::changed, name + " has another digest than was signed");
}

base::Result<Wire> Wire::make(
    const Sealed& sealed, std::vector<const base::Content*> payloads, const pmode::PMode& pmode,
    const std::optional<crypto::Certificate>& recipient, std::vector<base::Bytes> sha256
)
{
    if (payloads.size() != sealed.parts.size())
        return base::Error(errc::part_mismatch, "payloads and parts");
    auto state = std::make_unique<State>();
    if (payloads.empty()) {
        // [AS4 5.1.1] A message without attachments is plain SOAP, without MIME.
        state->content_type = std::string(soap_type) + "; charset=UTF-8";
        state->head = sealed.envelope;
        state->content_length = state->head.size();
        return Wire(std::move(state));
    }
    base::Bytes soap = sealed.envelope;
    if (pmode.must_encrypt) {
        const auto& allowed = pmode.algorithms;
        if (allowed.key_transport.empty() || allowed.encryption_token.empty())
            return base::Error(pmode::errc::invalid, "no key transport or token form");
        if (!recipient) return base::Error(pmode::errc::invalid, "no encryption certificate");
        auto header = wss::make_encryption_header(
            sealed.parts, *recipient, allowed.key_transport.front(),
            allowed.encryption_token.front()
        );
        if (!header) return header.error();
        soap.insert(static_cast<std::size_t>(sealed.insert_at), header->xml);
        state->key = std::move(header->key);
    }
    mime::Writer writer;
    state->content_type = writer.content_type(root_content_id);
    state->head =
        writer.before_part(std::string(soap_type) + "; charset=UTF-8", root_content_id) + soap;
    state->content_length = state->head.size();
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        const auto& part = sealed.parts[i];
        // [SwA 1.1.1 5.5.2] The media type of an encrypted part is application/octet-stream. The
        // type of its content is in EncryptedData/@MimeType.
        const std::string type = pmode.must_encrypt ? "application/octet-stream" : part.mime_type;
        state->before_parts.push_back(writer.before_part(type, part.content_id));
        state->content_length += state->before_parts.back().size() + payloads[i]->size();
        if (state->key) state->content_length += crypto::gcm_overhead;
    }
    state->after = writer.after_last_part();
    state->content_length += state->after.size();
    state->payloads = std::move(payloads);
    state->sha256 = std::move(sha256);
    return Wire(std::move(state));
}

Wire::Wire(std::unique_ptr<State> state) : state_(std::move(state)) {}
Wire::Wire(Wire&&) noexcept = default;
Wire& Wire::operator=(Wire&&) noexcept = default;
Wire::~Wire() = default;

const std::string& Wire::content_type() const
{
    return state_->content_type;
}

std::uint64_t Wire::content_length() const
{
    return state_->content_length;
}

base::Result<base::BytesView> Wire::next()
{
    auto& state = *state_;
    state.out.clear();
    // An empty piece would mean the end, so a stage without octets is skipped.
    while (state.out.empty()) {
        base::Result<> done;
        switch (state.stage) {
        case State::Stage::head:
            state.out = std::move(state.head);
            state.stage = state.payloads.empty() ? State::Stage::end : State::Stage::begin_part;
            break;
        case State::Stage::begin_part:
            done = state.begin_part();
            break;
        case State::Stage::content:
            done = state.content();
            break;
        case State::Stage::after:
            state.out = std::move(state.after);
            state.stage = State::Stage::end;
            break;
        case State::Stage::end:
            return base::BytesView();
        }
        if (!done) return done.error();
    }
    return base::BytesView(state.out);
}

} // namespace as4
