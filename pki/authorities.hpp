// SPDX-License-Identifier: Apache-2.0
// A folder with the test authorities of one federation, shaped like DIGG's: a root and under it the
// issuing CA for access points, a CA for TLS and one for the message services' client certificates.
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

// Writes ap-root, ap-issuing, tls-ca and client-ca: NAME.cert.pem, and NAME.test-only.key.pem
// (0600). base::errc::already_exists if the folder has authorities: their keys are never
// overwritten.
base::Result<> make_authorities(const base::Path& folder, base::Time now);

// An RSA certificate like those a federation gives to access points: as4.key.pem and as4.cert.pem
// (with the issuing CA behind it) in `out`.
base::Result<> issue_access_point(
    const base::Path& folder, const std::string& name, int bits, Validity validity,
    const base::Path& out
);
// For both ends of TLS: tls.key.pem, tls.cert.pem.
base::Result<> issue_tls(
    const base::Path& folder, const std::string& name, const std::vector<std::string>& hosts,
    Validity validity, const base::Path& out
);
// For a message service: client.key.pem, client.cert.pem.
base::Result<> issue_client(
    const base::Path& folder, const std::string& name, Validity validity, const base::Path& out
);

} // namespace pki
