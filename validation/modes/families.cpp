#include "validation/modes/families.h"

#include <algorithm>
#include <cmath>

namespace latimer::validation {
namespace {

Draw lognormal(double sigma) {
  return [sigma](Random& random) { return std::exp(sigma * std::normal_distribution<double>()(random)); };
}

// Divided by its median, which has no closed form: the caller's figure.
Draw gamma(double shape, double median) {
  return [=](Random& random) { return std::gamma_distribution<double>(shape)(random) / median; };
}

Draw weibull(double shape) {
  return [=](Random& random) {
    return std::pow(std::exponential_distribution<double>()(random) / std::log(2.0), 1 / shape);
  };
}

// Lowest value 2^(-1/alpha).
Draw pareto(double alpha) {
  return [=](Random& random) {
    return std::exp((std::exponential_distribution<double>()(random) - std::log(2.0)) / alpha);
  };
}

Draw normal(double sigma) {
  return [=](Random& random) { return std::max(0.0, std::normal_distribution<double>(1, sigma)(random)); };
}

Draw uniform(double lo, double hi) {
  return [=](Random& random) { return std::uniform_real_distribution<double>(lo, hi)(random); };
}

// A floor that no call undercuts and an exponential tail, whose mean is given in floors.
Draw floor_and_tail(double mean) {
  return [=](Random& random) {
    return (1 + mean * std::exponential_distribution<double>()(random)) / (1 + mean * std::log(2.0));
  };
}

// Even over log(duration): the hardest case, as any chance gap in it is a valley. A range of `factor`.
Draw log_uniform(double factor) {
  return [=](Random& random) {
    return std::exp(std::log(factor) * std::uniform_real_distribution<double>(-0.5, 0.5)(random));
  };
}

// Half of the calls take the least time, the others are even over log(duration) above it.
Draw spike_and_plateau(double factor) {
  return [=](Random& random) {
    return std::exp(std::log(factor) * std::max(0.0, std::uniform_real_distribution<double>(-1, 1)(random)));
  };
}

}  // namespace

std::vector<Family> unimodal_families() {
  return {{"point mass", [](Random&) { return 1.0; }},
          {"lognormal 0.05", lognormal(0.05)},
          {"lognormal 0.2", lognormal(0.2)},
          {"lognormal 0.5", lognormal(0.5)},
          {"lognormal 1", lognormal(1)},
          {"lognormal 2", lognormal(2)},
          {"exponential", weibull(1)},
          {"gamma 0.5", gamma(0.5, 0.22747)},
          {"gamma 4", gamma(4, 3.67206)},
          {"Weibull 0.7", weibull(0.7)},
          {"Weibull 3", weibull(3)},
          {"Pareto 0.7", pareto(0.7)},
          {"Pareto 2.5", pareto(2.5)},
          {"uniform 0-2", uniform(0, 2)},
          {"uniform 0.9-1.1", uniform(0.9, 1.1)},
          {"normal 0.2", normal(0.2)},
          {"floor + 0.2 tail", floor_and_tail(0.2)},
          {"floor + 5 tail", floor_and_tail(5)},
          {"log-uniform 30", log_uniform(30)},
          {"log-uniform 3000", log_uniform(3000)},
          {"spike, plateau 1000", spike_and_plateau(1000)}};
}

double Mixture::operator()(Random& random) const {
  const double x = std::exp(sigma * std::normal_distribution<double>()(random));
  return std::bernoulli_distribution(slow_share)(random) ? factor * x : x;
}

std::optional<double> Mixture::dip() const {
  const double far = std::log(factor) / sigma;
  const auto density = [&](double x) {
    return (1 - slow_share) * std::exp(-x * x / 2) + slow_share * std::exp(-(x - far) * (x - far) / 2);
  };
  // Uphill from below the fast mode, downhill to the valley, uphill again.
  constexpr double kStep = 1e-3;
  const auto climb = [&](double x, double sign) {
    while (x < far + 1 && sign * density(x + kStep) > sign * density(x)) x += kStep;
    return x;
  };
  const double fast = climb(-1, 1);
  const double valley = climb(fast, -1);
  const double slow = climb(valley, 1);
  if (valley >= far || slow <= valley) return std::nullopt;
  return density(valley) / std::min(density(fast), density(slow));
}

std::vector<Mixture> mixtures() {
  std::vector<Mixture> all;
  for (const double share : {0.05, 0.1, 0.2, 0.5}) all.push_back({2, share, 0.1});
  for (const double sigma : {0.2, 0.5}) {
    for (const double factor : {2.0, 3.0, 4.0, 8.0, 30.0}) {
      for (const double share : {0.05, 0.1, 0.2, 0.5}) all.push_back({factor, share, sigma});
    }
  }
  return all;
}

}  // namespace latimer::validation
