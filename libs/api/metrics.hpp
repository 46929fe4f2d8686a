// SPDX-License-Identifier: Apache-2.0
// GET /metrics: the figures of the service for Prometheus. Label values come from bounded sets
// only: states, configured peers, our codes and words. No label has a message, a participant or
// text from outside.
#pragma once

#include "api/api.hpp"

namespace api {

// Reads the store twice. The cost of both reads does not depend on the number of messages. If a
// read fails, kurir_store_readable is 0, and the figures from other sources are still written.
asio::awaitable<http::Response> metrics(msh::Msh& msh, const About& about);

} // namespace api
