// SPDX-License-Identifier: Apache-2.0
// Writes the series about messages, peers, shortages and connections, for metrics.cpp.
#pragma once

#include "api/api.hpp"
#include "api/exposition.hpp"
#include "msh/msh.hpp"

namespace api {

void add_counts(Exposition& text, const queue::Counts& counts, const pmode::PModes& pmodes);
void add_ages(Exposition& text, const queue::Counts& counts, base::Time now);
void add_stuck(Exposition& text, const std::vector<queue::Stuck>& stuck);
void add_destinations(Exposition& text, const std::vector<msh::Destination>& destinations);
void add_pressure(Exposition& text, const msh::Pressure& pressure);
void add_doors(Exposition& text, const std::vector<DoorFigures>& doors);

} // namespace api
