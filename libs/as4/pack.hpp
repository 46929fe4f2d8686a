// SPDX-License-Identifier: Apache-2.0
// Pack: compressed payloads become a sealed (signed) envelope once, and a wire form (encrypted) for
// each attempt, in this order [TA34][TA36][TA38]. Every attempt carries the same MessageId, header
// octets and digests (AS4 3.2, design 5.1). A message with a signed wsu:Timestamp is signed again
// while it is retried; its signed forms differ in the Timestamp alone. A message is signed again
// too when the signing certificate has been renewed; that changes the signature alone.
#pragma once

#include "as4/errc.hpp"
#include "base/spool.hpp"
#include "crypto/rsa.hpp"
#include "ebms/message.hpp"
#include "pmode/pmode.hpp"
#include "wss/encryption.hpp"
#include "wss/signature.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace as4 {

// A signed reference as a receipt must repeat it; compared by meaning.
struct SignedReference {
    std::string uri;
    std::string digest_method;
    base::Bytes digest;
    friend bool operator==(const SignedReference&, const SignedReference&) = default;
};

// One signed form of a message: all in which it differs from the next form. With what the forms
// have in common, its signature can be verified later: SignedInfo is that of the message's
// references.
struct SignedForm {
    base::Time created;        // of the Timestamp; the three are empty if the message has none
    SignedReference timestamp; // the signature's reference to it
    base::Bytes element;       // the Timestamp as it was signed
    base::Bytes signature;     // octets of SignatureValue
    // The elements that name the signing certificate, in canonical form: wsse:BinarySecurityToken,
    // if the message has one, then ds:KeyInfo. Empty if the next form has the same certificate.
    base::Bytes token = {};
    base::Bytes to_bytes() const;
    static base::Result<SignedForm> from_bytes(base::BytesView octets);
};

// How often one message is signed. A message that is tried for a day has about 30 forms with the
// default retry, and 1440 if it is tried every minute; a form takes less than 1 KB of the store.
inline constexpr std::size_t max_forms = 2000;
// A Timestamp that is older is replaced before an attempt.
inline constexpr base::Duration oldest_form = std::chrono::seconds(60);

// What is kept of an outgoing message besides its payload octets. to_bytes() is what the queue
// stores.
struct Sealed {
    std::string message_id;
    base::Bytes envelope; // the SOAP envelope, signed, not yet with encryption elements
    std::uint64_t insert_at = 0;
    std::vector<SignedReference> references;
    std::vector<wss::EncryptedPart> parts; // Content-ID and type on the wire, in PartInfo order
    std::optional<SignedForm> form;        // of `envelope`; nothing: it has no Timestamp
    // The forms before, oldest first: a receipt for one of them proves delivery as well. Stored
    // beside, each on its own. A message without a Timestamp has one for each other certificate.
    std::vector<SignedForm> earlier;

    // Takes over what was signed, with the Timestamp that was created then.
    void take(wss::SignedEnvelope made, base::Time created);
    base::Bytes to_bytes() const;
    // Versioned; refuses what it does not know. `earlier`: octets of SignedForm.
    static base::Result<Sealed>
    from_bytes(base::BytesView octets, const std::vector<base::Bytes>& earlier = {});
};

// `message.parts` and `digests` go together by Content-ID: SHA-256 of the gzip octets, or of what
// wss::content_transform() makes of a part that is not compressed. A wsu:Timestamp is created at
// the message's eb:Timestamp. Blocks for one RSA operation.
base::Result<Sealed> seal(
    const ebms::UserMessage& message, const std::vector<wss::PartDigest>& digests,
    const pmode::PMode& pmode, const crypto::Signer& signer
);

// Whether the Timestamp is too old for another attempt (over 60 seconds), or as far ahead of `now`.
// Never if there is none.
bool is_due_for_signing(const Sealed& sealed, base::Time now);
// Whether the signature names this certificate as its own. False after a renewal, and if the
// P-Mode allows the algorithms of the stored signature no longer.
bool is_signed_with(
    const Sealed& sealed, const pmode::PMode& pmode, const crypto::Certificate& certificate
);
// The same message under a new signature. If it has a Timestamp, that is created `now`. The form
// before is among the earlier ones if its Timestamp or its certificate is another. MessageId and
// all references but the one to the Timestamp are the same, else errc::form_differs.
// errc::too_many_forms: the message is not to be sent again. Blocks for one RSA operation.
base::Result<Sealed> sign_again(
    const Sealed& sealed, const pmode::PMode& pmode, const crypto::Signer& signer, base::Time now
);

// One attempt: the HTTP body in pieces. Reads the payloads (which must outlive it) as it goes;
// nothing is held whole.
class Wire {
public:
    // `payloads` in the order of sealed.parts. Without parts the body is the bare envelope
    // (application/soap+xml). pmode::errc::invalid: the P-Mode wants encryption, and there is no
    // recipient's certificate. `sha256` of the payloads' octets, in the same order: next() fails
    // with base::errc::changed at the end of one that has another; not checked where it is empty.
    static base::Result<Wire> make(
        const Sealed& sealed, std::vector<const base::Content*> payloads, const pmode::PMode& pmode,
        const std::optional<crypto::Certificate>& recipient, std::vector<base::Bytes> sha256 = {}
    );
    Wire(Wire&&) noexcept;
    Wire& operator=(Wire&&) noexcept;
    ~Wire();
    const std::string& content_type() const;
    std::uint64_t content_length() const;
    // The next piece, about 64 KB; empty at the end. Blocks (file, AES). Valid until the next call.
    base::Result<base::BytesView> next();

private:
    struct State;
    explicit Wire(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace as4
