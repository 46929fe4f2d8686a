// SPDX-License-Identifier: Apache-2.0
// Maps each verdict to an error code. Expired, unknown CA and wrong party have different codes.
#include "as4/signer.hpp"

#include "wss/errc.hpp"

namespace as4 {
namespace {

boost::system::error_code code_of(pmode::Authority authority, SignerOf what)
{
    const bool message = what == SignerOf::message;
    switch (authority) {
    case pmode::Authority::granted:
        return {};
    case pmode::Authority::not_pinned:
    case pmode::Authority::untrusted:
        return message ? errc::signer_untrusted : errc::receipt_signer_untrusted;
    case pmode::Authority::untimely:
        return message ? errc::signer_untimely : errc::receipt_signer_untimely;
    case pmode::Authority::unfit:
        return message ? errc::signer_unfit : errc::receipt_signer_unfit;
    case pmode::Authority::wrong_party:
        return message ? errc::not_authorised : errc::receipt_signer;
    case pmode::Authority::weak_key:
        if (message) return wss::errc::policy;
        return errc::receipt_signer_unfit;
    }
    return errc::not_authorised;
}

} // namespace

base::Result<> check_signer(
    SignerOf what, const pmode::Peer& peer, const crypto::TrustStore& trust,
    const crypto::Certificate& signer, const std::vector<crypto::Certificate>& brought,
    base::Time now
)
{
    auto verdict = pmode::judge_signer(peer, trust, signer, brought, now);
    if (verdict == pmode::Authority::granted) return {};
    return base::Error(code_of(verdict.authority, what), std::move(verdict.reason));
}

bool depends_on_time(const base::Error& error)
{
    return error.code == errc::signer_untimely || error.code == errc::receipt_signer_untimely;
}

} // namespace as4
