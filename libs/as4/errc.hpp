// SPDX-License-Identifier: Apache-2.0
// Errors of as4, one for each situation. Only error_signal.cpp maps them to EBMS codes.
#pragma once

#include "base/errc.hpp"

namespace as4 {

enum class errc {
    // Errors of a received message:
    not_a_user_message = 1, // a signal instead of a UserMessage
    part_mismatch,      // MIME parts differ from PartInfo, an external href, a payload in the Body
    not_authorised,     // the signer's certificate is trusted, but belongs to another party
    part_digest,        // the digest of an attachment differs from the signed one
    not_encrypted,      // the P-Mode requires encryption, and a part is not encrypted
    decompression,      // gzip is broken or over its limits
    too_large,          // a part is over the size limit: HTTP 413
    too_early,          // the attachments before the SOAP part exceed UnpackLimits::early_part
    bad_part_property,  // MimeType missing with compression, an unusable or repeated property
    not_served,         // the final recipient is not served here: EBMS:0004 NOT_SERVICED
    conflicting_repeat, // a known MessageId with other content: EBMS:0004
    untimely,           // eb:Timestamp is too old, or too far ahead of our clock
    no_timestamp,       // the P-Mode requires a signed wsu:Timestamp, and there is none
    timestamp_expired,  // the signed wsu:Timestamp is too old by our clock
    timestamp_ahead,    // the signed wsu:Timestamp is too far ahead of our clock
    only_signals,       // a UserMessage while only signals are accepted: 503
    // Errors of a peer's answer to our message:
    answer_empty,      // no body
    answer_unreadable, // HTML, garbage, only a SOAP Fault: the outcome is unknown
    receipt_unsigned,  // a receipt without a signature proves nothing
    receipt_signer,    // signed by a party other than that peer
    receipt_signature, // the receipt's own signature is wrong
    receipt_reference, // for another message, or for other digests than we sent: EBMS:0302
    receipt_ambiguous, // several receipts name the message; only one is allowed
    unknown_subject,   // a signal about a message that we did not send: EBMS:0001
    // Errors when we sign one of our messages again:
    form_differs,   // the new form would differ in more than its wsu:Timestamp
    too_many_forms, // the message already has max_forms signed forms
    // The certificate of a message's signer is not accepted; the detail names the certificate:
    signer_untrusted, // neither pinned nor issued by a trusted CA; operator: trust it, if genuine
    signer_untimely,  // certificate or CA in its chain expired or not yet valid; peer: renew it
    signer_unfit,     // a CA certificate, wrong key usage, broken chain; peer: use another one
    // The same for the signer of a receipt or another signal:
    receipt_signer_untrusted,
    receipt_signer_untimely,
    receipt_signer_unfit,
};
const char* text(errc code);

} // namespace as4

KURIR_ERROR_CODES(as4)
