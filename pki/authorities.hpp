// SPDX-License-Identifier: Apache-2.0
// A folder with the test authorities of one federation, similar to those of DIGG:
// - a root and, below it, the issuing CA for access points,
// - a CA for TLS,
// - a CA for the client certificates of message services.
#pragma once

#include "base/file.hpp"
#include "pki/issue.hpp"

#include <string>
#include <vector>

namespace pki {

struct Validity {
    base::Time from;
    base::Time to;
};

// Writes NAME.cert.pem and NAME.test-only.key.pem (0600) for ap-root, ap-issuing, tls-ca and
// client-ca. base::errc::already_exists if the folder already has authorities; their keys are never
// overwritten.
base::Result<> make_authorities(const base::Path& folder, base::Time now);

// Issues an RSA certificate like those that a federation issues to access points. Writes
// as4.key.pem and as4.cert.pem (with the issuing CA's certificate behind it) to `out`.
base::Result<> issue_access_point(
    const base::Path& folder, const std::string& name, int bits, Validity validity,
    const base::Path& out
);
// Issues a certificate for TLS servers and clients. Writes tls.key.pem and tls.cert.pem to `out`.
base::Result<> issue_tls(
    const base::Path& folder, const std::string& name, const std::vector<std::string>& hosts,
    Validity validity, const base::Path& out
);
// Issues a client certificate for a message service. Writes client.key.pem and client.cert.pem to
// `out`.
base::Result<> issue_client(
    const base::Path& folder, const std::string& name, Validity validity, const base::Path& out
);

} // namespace pki
