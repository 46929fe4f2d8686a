// SPDX-License-Identifier: Apache-2.0
// The error codes of ebMS 3.0 Core 6.7 and AS4 that Kurir sends, with the fixed fields of their
// tables.
#pragma once

#include <string_view>

namespace ebms {

struct ErrorCode {
    std::string_view code;              // "EBMS:0004"
    std::string_view short_description; // "Other"
    std::string_view severity;          // "failure" or "warning"
    std::string_view category;          // "Content"
    std::string_view origin;            // "ebMS", "security", "reliability"
};

inline constexpr ErrorCode value_not_recognized{
    "EBMS:0001", "ValueNotRecognized", "failure", "Content", "ebMS"
};
inline constexpr ErrorCode value_inconsistent{
    "EBMS:0003", "ValueInconsistent", "failure", "Content", "ebMS"
};
inline constexpr ErrorCode other{"EBMS:0004", "Other", "failure", "Content", "ebMS"};
inline constexpr ErrorCode mime_inconsistency{
    "EBMS:0007", "MimeInconsistency", "failure", "Unpackaging", "ebMS"
};
inline constexpr ErrorCode feature_not_supported{
    "EBMS:0008", "FeatureNotSupported", "failure", "Unpackaging", "ebMS"
};
inline constexpr ErrorCode invalid_header{
    "EBMS:0009", "InvalidHeader", "failure", "Unpackaging", "ebMS"
};
inline constexpr ErrorCode processing_mode_mismatch{
    "EBMS:0010", "ProcessingModeMismatch", "failure", "Processing", "ebMS"
};
inline constexpr ErrorCode external_payload_error{
    "EBMS:0011", "ExternalPayloadError", "failure", "Content", "ebMS"
};
inline constexpr ErrorCode failed_authentication{
    "EBMS:0101", "FailedAuthentication", "failure", "Processing", "security"
};
inline constexpr ErrorCode failed_decryption{
    "EBMS:0102", "FailedDecryption", "failure", "Processing", "security"
};
inline constexpr ErrorCode policy_noncompliance{
    "EBMS:0103", "PolicyNoncompliance", "failure", "Processing", "security"
};
inline constexpr ErrorCode missing_receipt{
    "EBMS:0301", "MissingReceipt", "failure", "Communication", "ebMS"
};
inline constexpr ErrorCode invalid_receipt{
    "EBMS:0302", "InvalidReceipt", "failure", "Communication", "ebMS"
};
inline constexpr ErrorCode decompression_failure{
    "EBMS:0303", "DecompressionFailure", "failure", "Communication", "ebMS"
};

} // namespace ebms
