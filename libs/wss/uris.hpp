// SPDX-License-Identifier: Apache-2.0
// Namespaces and fixed URIs of SOAP, WS-Security, XML Signature and XML Encryption that the AS4
// profiles use.
#pragma once

#include <string_view>

namespace wss::uri {

inline constexpr std::string_view soap12 = "http://www.w3.org/2003/05/soap-envelope";
inline constexpr std::string_view eb =
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";
inline constexpr std::string_view wsse =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
inline constexpr std::string_view wsse11 =
    "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd";
inline constexpr std::string_view wsu =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
inline constexpr std::string_view ds = "http://www.w3.org/2000/09/xmldsig#";
inline constexpr std::string_view xenc = "http://www.w3.org/2001/04/xmlenc#";
inline constexpr std::string_view xenc11 = "http://www.w3.org/2009/xmlenc11#";
inline constexpr std::string_view exc_c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";

inline constexpr std::string_view sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
inline constexpr std::string_view sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
inline constexpr std::string_view rsa_sha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
inline constexpr std::string_view aes128_gcm = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
inline constexpr std::string_view rsa_oaep = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
inline constexpr std::string_view mgf1_sha256 = "http://www.w3.org/2009/xmlenc11#mgf1sha256";
inline constexpr std::string_view mgf1_sha1 = "http://www.w3.org/2009/xmlenc11#mgf1sha1";

inline constexpr std::string_view attachment_signature =
    "http://docs.oasis-open.org/wss/"
    "oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform";
inline constexpr std::string_view attachment_ciphertext =
    "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Ciphertext-Transform";
inline constexpr std::string_view attachment_content_only =
    "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Only";
inline constexpr std::string_view encrypted_key_token =
    "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKey";

inline constexpr std::string_view base64_binary =
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-soap-message-security-1.0#Base64Binary";
inline constexpr std::string_view x509_v3 =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
inline constexpr std::string_view x509_pkipath =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509PKIPathv1";
inline constexpr std::string_view x509_ski =
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-x509-token-profile-1.0#X509SubjectKeyIdentifier";

} // namespace wss::uri
