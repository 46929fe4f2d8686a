// SPDX-License-Identifier: Apache-2.0
// Pack: turns compressed payloads into a signed and encrypted message, in this order
// [TA34][TA36][TA38]. The envelope is sealed (signed) once. Each attempt gets its own wire form
// (encrypted). Every attempt has the same MessageId, header octets and digests (AS4 3.2, design
// 5.1).
// A message with a signed wsu:Timestamp is signed again while it is retried. Its signed forms
// differ only in the Timestamp. A message is also signed again after the signing certificate was
// renewed. Then only the signature changes.
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

// A signed reference. A receipt must repeat it; the comparison is by meaning, not by octets.
struct SignedReference {
    std::string uri;
    std::string digest_method;
    base::Bytes digest;
    friend bool operator==(const SignedReference&, const SignedReference&) = default;
};

// One signed form of a message: everything that differs from the next form. Together with the
// common content, this is enough to verify the signature later: SignedInfo consists of the
// message's references.
struct SignedForm {
    // The next three members are empty if the message has no Timestamp.
    base::Time created;        // of the Timestamp
    SignedReference timestamp; // the signature's reference to the Timestamp
    base::Bytes element;       // the Timestamp as it was signed
    base::Bytes signature;     // octets of SignatureValue
    // The elements that name the signing certificate, in canonical form: wsse:BinarySecurityToken,
    // if the message has one, then ds:KeyInfo. Empty if the next form has the same certificate.
    base::Bytes token = {};
    base::Bytes to_bytes() const;
    static base::Result<SignedForm> from_bytes(base::BytesView octets);
};

// Maximum number of signed forms of a message. A message that is retried for a day has about 30
// forms with the default retry, and 1440 if it is retried every minute. A form takes less than 1 KB
// of the store.
inline constexpr std::size_t max_forms = 2000;
// Maximum age of a Timestamp at an attempt. An older Timestamp is replaced first.
inline constexpr base::Duration oldest_form = std::chrono::seconds(60);

// The stored data of an outgoing message, except its payload octets. The queue stores the result of
// to_bytes().
struct Sealed {
    std::string message_id;
    base::Bytes envelope;        // the SOAP envelope, signed, not yet with encryption elements
    std::uint64_t insert_at = 0; // offset in `envelope` for the encryption elements
    std::vector<SignedReference> references;
    std::vector<wss::EncryptedPart> parts; // Content-ID and type on the wire, in PartInfo order
    std::optional<SignedForm> form;        // of `envelope`; empty if it has no Timestamp
    // The earlier forms, oldest first. A receipt for an earlier form proves delivery, too. The
    // queue stores each of these forms separately, so to_bytes() leaves them out. A message without
    // a Timestamp has one earlier form for each earlier certificate.
    std::vector<SignedForm> earlier;

    // Takes over a new signed envelope, its references and its form. `created` is the time of its
    // Timestamp.
    void take(wss::SignedEnvelope made, base::Time created);
    base::Bytes to_bytes() const;
    // `earlier` has the octets of SignedForm::to_bytes(), oldest first. base::errc::bad_format: an
    // unknown version, or damaged octets.
    static base::Result<Sealed>
    from_bytes(base::BytesView octets, const std::vector<base::Bytes>& earlier = {});
};

// Writes and signs the header. Each part of `message` has one digest in `digests`, with the same
// Content-ID. The digest is the SHA-256 of the gzip octets; for an uncompressed part, of the result
// of wss::content_transform(). Created of the wsu:Timestamp is the message's eb:Timestamp. Blocks
// for one RSA operation.
// errc::part_mismatch, bad_part_property; pmode::errc::invalid.
base::Result<Sealed> seal(
    const ebms::UserMessage& message, const std::vector<wss::PartDigest>& digests,
    const pmode::PMode& pmode, const crypto::Signer& signer
);

// True if Created is more than oldest_form (60 seconds) before or after `now`. False if the message
// has no Timestamp.
bool is_due_for_signing(const Sealed& sealed, base::Time now);
// True if the signature names `certificate` as its signing certificate. False after a renewal of
// the certificate, and if the P-Mode no longer allows the algorithms of the stored signature.
bool is_signed_with(
    const Sealed& sealed, const pmode::PMode& pmode, const crypto::Certificate& certificate
);
// Returns the same message with a new signature. If the message has a Timestamp, the new one is
// created `now`. The replaced form becomes an earlier form if the message has a Timestamp or if the
// certificate changed. Blocks for one RSA operation.
// errc::form_differs: MessageId or a reference other than the Timestamp's would change.
// errc::too_many_forms: the message must not be sent again. pmode::errc::invalid, errors of xml and
// wss.
base::Result<Sealed> sign_again(
    const Sealed& sealed, const pmode::PMode& pmode, const crypto::Signer& signer, base::Time now
);

// Produces the HTTP body of one attempt in pieces. Reads the payloads while they are sent, so the
// payloads must outlive the Wire. No payload is held whole in memory.
class Wire {
public:
    // `payloads` are in the order of sealed.parts. Without parts, the body is the bare envelope
    // (application/soap+xml).
    // `sha256` has the digests of the payloads' octets, in the same order. next() fails with
    // base::errc::changed at the end of a payload with another digest. An empty digest is not
    // checked.
    // pmode::errc::invalid: the P-Mode requires encryption, and the recipient's certificate, a key
    // transport or a token form is missing. errc::part_mismatch: the number of payloads is wrong.
    static base::Result<Wire> make(
        const Sealed& sealed, std::vector<const base::Content*> payloads, const pmode::PMode& pmode,
        const std::optional<crypto::Certificate>& recipient, std::vector<base::Bytes> sha256 = {}
    );
    Wire(Wire&&) noexcept;
    Wire& operator=(Wire&&) noexcept;
    ~Wire();
    const std::string& content_type() const;
    std::uint64_t content_length() const;
    // Returns the next piece, about 64 KB; empty at the end. The piece is valid until the next
    // call. Blocks (file, AES).
    base::Result<base::BytesView> next();

private:
    struct State;
    explicit Wire(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace as4
