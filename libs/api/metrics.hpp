// SPDX-License-Identifier: Apache-2.0
// GET /metrics: how the service does, for Prometheus. Labels are of bounded sets only: states,
// peers as configured, codes and words of ours; never a message, a participant or a stranger's
// text.
#pragma once

#include "api/api.hpp"

namespace api {

// Two reads of the store, both of a cost that does not depend on how many messages it has. If they
// fail, what else is known is told, and kurir_store_readable is 0.
asio::awaitable<http::Response> metrics(msh::Msh& msh, const About& about);

} // namespace api
