// SPDX-License-Identifier: Apache-2.0
// Errors of as4: a situation each; error_signal.cpp is the one place that gives them an EBMS code.
#pragma once

#include "base/errc.hpp"

namespace as4 {

enum class errc {
    not_a_user_message = 1, // a signal where a UserMessage belongs
    part_mismatch,  // MIME parts and PartInfo do not match, an external href, a payload in the Body
    not_authorised, // the signer's certificate is trusted, but for another party
    part_digest,    // an attachment's digest is not the signed one
    not_encrypted,  // a part that the P-Mode wants encrypted is not
    decompression,  // gzip broken, or over its limits
    too_large,      // a part over the size limit: HTTP 413
    too_early,      // an attachment before the SOAP part, larger than we spool unread
    bad_part_property,   // MimeType missing with compression, an unusable CharacterSet
    not_served,          // the final recipient is not served here: EBMS:0004 NOT_SERVICED
    conflicting_repeat,  // a MessageId seen before with other content: EBMS:0004
    untimely,            // eb:Timestamp too old, or ahead of our clock
    no_timestamp,        // the P-Mode demands a signed wsu:Timestamp, and there is none
    timestamp_expired,   // the signed wsu:Timestamp is too old by our clock
    max_timestamp_ahead, // the signed wsu:Timestamp was created later than our clock says
    only_signals,        // a UserMessage while none is taken: 503
    // The answer of a peer to what we sent:
    answer_empty,      // no body
    answer_unreadable, // HTML, garbage, a SOAP Fault alone: the outcome is unknown
    receipt_unsigned,  // a receipt without a signature proves nothing
    receipt_signer,    // signed by another party than that peer
    receipt_signature, // the receipt's own signature is wrong
    receipt_reference, // for another message, or for other digests than we sent: EBMS:0302
    receipt_ambiguous, // several receipts name the message; exactly one may
    unknown_subject,   // a signal about a message that we did not send: EBMS:0001
    // A message of ours that is to be signed again:
    form_differs,   // the new form would differ in more than its wsu:Timestamp
    too_many_forms, // it has been signed too often
    // Why a signer's certificate is not accepted; the detail names it. Of a message received:
    signer_untrusted, // neither pinned nor issued by a trusted CA; operator: trust it, if genuine
    signer_untimely,  // it or a CA in its chain has expired or is not yet valid; peer: renew it
    signer_unfit,     // a CA certificate, its key usage, its chain; peer: sign with another one
    // Of a receipt or another signal:
    receipt_signer_untrusted,
    receipt_signer_untimely,
    receipt_signer_unfit,
};
const char* text(errc code);

} // namespace as4

KURIR_ERROR_CODES(as4)
