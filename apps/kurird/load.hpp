// SPDX-License-Identifier: Apache-2.0
// Everything the configuration names, read from its files and judged together, before anything
// starts.
#pragma once

#include "api/api.hpp"
#include "crypto/rsa.hpp"
#include "crypto/trust.hpp"
#include "kurird/config.hpp"
#include "pmode/pmode.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kurird {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
using Front = std::shared_ptr<const http::Front>;

struct Loaded {
    crypto::Signer signer;
    crypto::TrustStore trust;
    pmode::PModes pmodes;
    std::vector<api::Client> clients;
    TlsContext as4_tls; // none = plain
    TlsContext rest_tls;
    Front as4_front; // none = nothing stands before the door
    Front rest_front;
    TlsContext send_tls;
    http::Destinations destinations;          // of peers that we send to
    std::vector<msh::ClockWitness> witnesses; // against the date of this machine
    std::vector<std::string> warnings;        // allowed, but the operator should know
};

// errc::bad_format; the detail has one line per mistake: "kurir.toml:12: [send]: …", the line of
// its table.
base::Result<Loaded> load(const Config& config, base::Time now);

// What a daemon with this configuration would do, in words.
std::string describe(const Config& config, const Loaded& loaded);
std::string describe(const pmode::PMode& mode); // one value a line

} // namespace kurird
