"""Numbers of other software, with their source: R 4.2.2 and the package named at each."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.evaluation.compare import mcnemar_exact, mcnemar_midp, tango
from medtune.evaluation.intervals import wilson
from medtune.evaluation.study_size import positive_cases_for_one_auroc


@pytest.mark.parametrize(
    ("successes", "n", "expected"),
    [
        (11, 14, (0.524107694133997, 0.924286132873068)),
        (18, 26, (0.500117416778016, 0.834986844045362)),
        (12, 12, (0.757505993344759, 1.0)),
    ],
)
def test_wilson_is_hmisc_binconf(
    successes: int, n: int, expected: tuple[float, float]
) -> None:  # Hmisc 4.8.0, binconf(x, n, method = "wilson")
    np.testing.assert_allclose(wilson(successes, n, 0.95), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("gained", "lost", "exact", "midp"),
    [
        (2, 3, 1.0, 0.6875),
        (4, 3, 1.0, 0.7265625),
        (29, 54, 0.00803670637785699, 0.00603795763226319),
    ],
)
def test_mcnemar_is_exact2x2(
    gained: int, lost: int, exact: float, midp: float
) -> None:  # exact2x2 1.7.0, exact2x2(table, paired = TRUE, midp = TRUE)
    assert mcnemar_exact(gained, lost) == pytest.approx(exact, abs=1e-12)
    assert mcnemar_midp(gained, lost) == pytest.approx(midp, abs=1e-12)


def test_midp_of_as_many_gained_as_lost_is_fagerlands() -> None:
    # Fagerland, Lydersen & Laake 2013: 1 - the point probability; exact2x2 gives 1
    assert mcnemar_midp(6, 6) == pytest.approx(0.7744140625, abs=1e-12)


@pytest.mark.parametrize(
    ("gained", "lost", "n", "expected"),
    [
        (2, 3, 14, (-0.388996243476868, 0.261077791452408)),
        (4, 3, 26, (-0.177870172720689, 0.253613157914235)),
        (6, 6, 40, (-0.177934646606445, 0.17793470621109)),
    ],
)
def test_tango_is_propcis(
    gained: int, lost: int, n: int, expected: tuple[float, float]
) -> None:  # PropCIs 0.3.0, scoreci.mp(b, c, n, .95), which stops its search at 1e-7
    np.testing.assert_allclose(tango(gained, lost, n, 0.95), expected, atol=2e-7)


def test_cases_for_one_auroc_are_proc() -> None:  # pROC 1.18.0, power.roc.test
    assert positive_cases_for_one_auroc(0.8, power=0.9) == pytest.approx(16.619199202102, abs=1e-9)
    assert positive_cases_for_one_auroc(0.75, power=0.8, negatives_per_positive=4) == pytest.approx(
        12.1969816874209, abs=1e-9
    )
