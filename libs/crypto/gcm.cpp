// SPDX-License-Identifier: Apache-2.0
// AES-128-GCM in pieces. A peer may choose a key of the wrong length. Such a key must behave like a
// wrong key, so that no difference shows [XML Encryption 1.1 5.2.4]. A random key replaces it, and
// the tag fails.
#include "crypto/gcm.hpp"

#include "crypto/native.hpp"
#include "crypto/random.hpp"

#include <algorithm>

namespace crypto {
namespace {

constexpr std::size_t key_size = 16;
constexpr std::size_t iv_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t max_at_once = std::size_t{1} << 30; // OpenSSL takes lengths as int

// Passes `in` to `step` (EVP_EncryptUpdate or EVP_DecryptUpdate) and appends the result to `out`.
template <class Step>
bool append(Step step, EVP_CIPHER_CTX* context, base::BytesView in, base::Bytes& out)
{
    while (!in.empty()) {
        const base::BytesView piece = in.substr(0, max_at_once);
        const std::size_t before = out.size();
        out.resize(before + piece.size());
        int made = 0;
        const int done = step(
            context, native::octets(out) + before, &made, native::octets(piece),
            static_cast<int>(piece.size())
        );
        out.resize(before + (done == 1 ? static_cast<std::size_t>(made) : 0));
        if (done != 1) return false;
        in.remove_prefix(piece.size());
    }
    return true;
}

} // namespace

struct GcmEncryptor::State {
    native::CipherContext context{EVP_CIPHER_CTX_new()};
    base::Bytes iv = random_bytes(iv_size);
};

GcmEncryptor::GcmEncryptor(const Secret& key) : state_(std::make_unique<State>())
{
    native::require(key.view().size() == key_size, "AES-128 key size");
    native::require(
        state_->context != nullptr &&
            EVP_EncryptInit_ex2(
                state_->context.get(), native::aes_128_gcm(), native::octets(key.view()),
                native::octets(state_->iv), nullptr
            ) == 1,
        "AES-128-GCM start"
    );
}

GcmEncryptor::GcmEncryptor(GcmEncryptor&&) noexcept = default;
GcmEncryptor::~GcmEncryptor() = default;

base::Bytes GcmEncryptor::start()
{
    return state_->iv;
}

void GcmEncryptor::update(base::BytesView plain, base::Bytes& out)
{
    native::require(
        append(EVP_EncryptUpdate, state_->context.get(), plain, out), "AES-128-GCM encryption"
    );
}

base::Bytes GcmEncryptor::finish()
{
    base::Bytes tag(tag_size, '\0');
    int made = 0;
    EVP_CIPHER_CTX* const context = state_->context.get();
    native::require(
        EVP_EncryptFinal_ex(context, native::octets(tag), &made) == 1 && made == 0 &&
            EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size), tag.data()
            ) == 1,
        "AES-128-GCM tag"
    );
    return tag;
}

struct GcmDecryptor::State {
    native::CipherContext context{EVP_CIPHER_CTX_new()};
    Secret key;
    base::Bytes iv;   // complete with 12 octets
    base::Bytes held; // the last 16 octets so far, perhaps the tag
    bool failed = false;

    explicit State(const Secret& from)
        : key(from.view().size() == key_size ? base::Bytes(from.view()) : random_bytes(key_size))
    {
        native::require(context != nullptr, "AES-128-GCM context");
    }

    void begin()
    {
        failed = EVP_DecryptInit_ex2(
                     context.get(), native::aes_128_gcm(), native::octets(key.view()),
                     native::octets(iv), nullptr
                 ) != 1;
    }

    void decrypt(base::BytesView cipher, base::Bytes& out)
    {
        if (!failed) failed = !append(EVP_DecryptUpdate, context.get(), cipher, out);
    }
};

GcmDecryptor::GcmDecryptor(const Secret& key) : state_(std::make_unique<State>(key)) {}
GcmDecryptor::GcmDecryptor(GcmDecryptor&&) noexcept = default;
GcmDecryptor::~GcmDecryptor() = default;

void GcmDecryptor::update(base::BytesView wire, base::Bytes& out)
{
    State& state = *state_;
    if (state.iv.size() < iv_size) {
        const std::size_t taken = std::min(iv_size - state.iv.size(), wire.size());
        state.iv += wire.substr(0, taken);
        wire.remove_prefix(taken);
        if (state.iv.size() < iv_size) return;
        state.begin();
    }
    const std::size_t known = state.held.size() + wire.size();
    if (known <= tag_size) {
        state.held += wire;
        return;
    }
    const std::size_t released = known - tag_size; // these octets cannot be the tag
    const std::size_t from_held = std::min(released, state.held.size());
    state.decrypt(base::BytesView(state.held).substr(0, from_held), out);
    state.held.erase(0, from_held);
    const std::size_t from_wire = released - from_held;
    state.decrypt(wire.substr(0, from_wire), out);
    state.held += wire.substr(from_wire);
}

base::Result<> GcmDecryptor::finish()
{
    State& state = *state_;
    if (state.iv.size() < iv_size || state.held.size() < tag_size || state.failed) {
        return errc::decryption_failed;
    }
    EVP_CIPHER_CTX* const context = state.context.get();
    const int set = EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size), state.held.data()
    );
    unsigned char nothing[EVP_MAX_BLOCK_LENGTH];
    int made = 0;
    const bool authentic = set == 1 && EVP_DecryptFinal_ex(context, nothing, &made) == 1;
    if (!authentic) {
        // Empty the error queue, so that the next caller on this thread does not find these errors.
        (void)native::error_queue_text();
        return errc::decryption_failed;
    }
    return {};
}

} // namespace crypto
