#include "tests/damaged/damage_plan.h"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace latimer;
using namespace latimer::damaged;

namespace {

DamagePlan plan_of(std::string_view text) {
  const Result<DamagePlan> plan = parse_damage(text);
  INFO(text << ": " << (plan ? "" : plan.error().message));
  REQUIRE(plan);
  return plan.value();
}

}  // namespace

TEST_CASE("a plan of damage is read word by word") {
  const DamagePlan drop = plan_of("inner=ebpf,defect=drop,rate=100000,seed=42,honest-ledger");
  CHECK(drop.inner == "ebpf");
  CHECK(drop.defect == Defect::drop);
  CHECK(drop.rate == 100'000);
  CHECK(drop.seed == 42);
  CHECK(drop.honest_ledger);
  CHECK(drop.text == "inner=ebpf,defect=drop,rate=100000,seed=42,honest-ledger");

  CHECK(plan_of("defect=shift,by=1ms").by_ns == 1'000'000);
  CHECK(plan_of("by=-500us,defect=shift").by_ns == -500'000);
  CHECK(plan_of("defect=shift,factor=1.2").factor_ppm == 1'200'000);
  CHECK(plan_of("defect=shift,factor=0.000001").factor_ppm == 1);
  CHECK(plan_of("defect=shift,factor=1000").factor_ppm == 1'000'000'000);
  const DamagePlan label = plan_of("defect=errno,from=ENOENT,to=EACCES");
  CHECK(label.victim == ENOENT);
  CHECK(label.label == EACCES);
  CHECK(plan_of("defect=thread,nth=7").nth == 7);
}

TEST_CASE("without a word nothing is damaged") {
  const DamagePlan plan = plan_of("");
  CHECK(plan.defect == Defect::none);
  CHECK(plan.inner == "strace");
}

TEST_CASE("the seed decides what a plan leaves open") {
  bool nth_differs = false;
  bool label_differs = false;
  const DamagePlan first = plan_of("defect=errno,seed=1");
  for (int seed = 1; seed <= 40; ++seed) {
    const std::string text = "defect=errno,seed=" + std::to_string(seed);
    const DamagePlan plan = plan_of(text);
    CHECK(plan.nth == plan_of(text).nth);
    CHECK(plan.label == plan_of(text).label);
    CHECK(plan.nth >= 1);
    CHECK(plan.nth <= 3);
    nth_differs = nth_differs || plan.nth != first.nth;
    label_differs = label_differs || plan.label != first.label;
    const DamagePlan named = plan_of(text + ",from=EIO");
    CHECK(named.label != EIO);
  }
  CHECK(nth_differs);
  CHECK(label_differs);
}

TEST_CASE("a plan of damage that makes no sense is refused, with what is wrong") {
  const auto [text, says] = GENERATE(table<std::string, std::string>({
      {"defect=dorp", "'dorp' is none of"},
      {"defect", "'' is none of"},
      {"speed=3", "'speed=3' is not understood"},
      {"defect=drop,,rate=3", "'' is not understood"},
      {"defect=drop,rate=0", "rate: '0'"},
      {"defect=drop,rate=0.5", "rate: '0.5'"},
      {"defect=drop,seed=x", "seed: 'x'"},
      {"defect=drop,rate=1,rate=2", "rate is there twice"},
      {"defect=drop,honest-ledger=no", "takes no value"},
      {"inner=", "name is missing"},
      {"rate=10", "rate says nothing"},
      {"defect=thread,rate=10", "rate says nothing"},
      {"defect=shift", "either by=TIME or factor=X"},
      {"defect=shift,by=1ms,factor=2", "either by=TIME or factor=X"},
      {"defect=shift,by=soon", "by: 'soon'"},
      {"defect=shift,factor=1", "factor: '1'"},
      {"defect=shift,factor=0", "factor: '0'"},
      {"defect=shift,factor=-2", "factor: '-2'"},
      {"defect=shift,factor=1.2x", "factor: '1.2x'"},
      {"defect=shift,factor=1.0000001", "factor: '1.0000001'"},
      {"defect=errno,from=EWRONG", "from: 'EWRONG'"},
      {"defect=errno,from=EIO,to=EIO", "the same"},
      {"defect=errno,from=EIO,nth=2", "either from=ENAME or nth=N"},
  }));
  const Result<DamagePlan> plan = parse_damage(text);
  INFO(text);
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == Errc::usage);
  CHECK(plan.error().message.starts_with("LATIMER_DAMAGE: "));
  CHECK_THAT(plan.error().message, Catch::Contains(says));
  CHECK_FALSE(plan.error().hint.empty());
}
