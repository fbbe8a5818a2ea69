"""Was die Seite der Leiter sagt, auf Deutsch."""

from medtune.report.ladder_words import LadderWords

GERMAN = LadderWords(
    title="{run}: was sich lohnt",
    kicker="was jeder Schritt brächte und was er kostet",
    first_is_dashed="Die gestrichelte Linie ist der erste Schritt.",
    step_by_step="Schritt für Schritt",
    columns=(
        "Schritt", "Aufwand", "Verglichen mit dem besten billigeren", "Differenz", "p (Holm)",
        "AUROC",
    ),
    column={"net_benefit": "Nettonutzen", "sensitivity_at_specificity": "Sensitivität"},
    left_out="{cases} Untersuchungen, die ein Schritt abgelehnt hat, sind bei allen ausgelassen.",
    nothing="nichts, was sich schätzen ließe ({reason})",
    warnings={
        "{n} positive and {m} negative patients to choose on; at least {k} of each are needed":
        "{n} positive und {m} negative Patienten zum Auswählen; mindestens {k} von jeder Art sind "
        "nötig",
        "{n} positive and {m} negative patients in calibration; {k} of each are needed":
        "{n} positive und {m} negative Patienten in der Kalibrierung; {k} von jeder Art sind nötig",
        "its card does not say how it scored the finding where it learnt":
        "seine Karte sagt nicht, welche Scores es dem Befund dort gab, wo es gelernt hat",
        "its card does not say what greys it learnt from":
        "seine Karte sagt nicht, aus welchen Grauwerten es gelernt hat",
        "its card does not say how frequent the finding was where it learnt":
        "seine Karte sagt nicht, wie häufig der Befund dort war, wo es gelernt hat",
        "its network has no BatchNorm": "sein Netz hat keine BatchNorm",
        "its network pools views": "sein Netz fasst Projektionen zusammen",
        "statistics need films of {n} patients or more that may be taken":
        "Statistiken brauchen Aufnahmen von mindestens {n} Patienten, die genommen werden dürfen",
        "it came without a threshold for this finding":
        "es kam ohne eine Schwelle für diesen Befund",
        "there is no test case": "es gibt keinen Testfall",
        "the cases that a threshold would be taken from are all of one kind":
        "die Fälle, aus denen eine Schwelle zu nehmen wäre, sind alle von einer Art",
        "the score separates the classes perfectly: no such model can be fitted, so the threshold "
        "with the greatest net benefit was taken":
        "der Score trennt die Klassen vollkommen: ein solches Modell lässt sich nicht anpassen, "
        "deshalb wurde die Schwelle mit dem größten Nettonutzen genommen",
        "the score separates the classes perfectly: no such model can be fitted":
        "der Score trennt die Klassen vollkommen: ein solches Modell lässt sich nicht anpassen",
        "recalibration: higher scores do not go with the finding":
        "Rekalibrierung: höhere Scores gehen nicht mit dem Befund einher",
        "the local prevalence is not known, and without it a shift in patients cannot be told from "
        "one in films: type it into 'evaluation.prevalences', or label more studies ({reason})":
        "die hiesige Prävalenz ist nicht bekannt, und ohne sie lassen sich andere Patienten nicht "
        "von anderen Aufnahmen unterscheiden: sie in 'evaluation.prevalences' eintragen, oder mehr "
        "Untersuchungen mit Labels versehen ({reason})",
        "the local prevalence is not known, and without it a shift in patients cannot be told from "
        "one in films: label more studies ({reason})":
        "die hiesige Prävalenz ist nicht bekannt, und ohne sie lassen sich andere Patienten nicht "
        "von anderen Aufnahmen unterscheiden: mehr Untersuchungen mit Labels versehen ({reason})",
        "'data.sampling' is enriched, so these films do not have the prevalence that is typed into "
        "'evaluation.prevalences': label more studies ({reason})":
        "'data.sampling' ist enriched, diese Aufnahmen haben also nicht die Prävalenz, die in "
        "'evaluation.prevalences' steht: mehr Untersuchungen mit Labels versehen ({reason})",
        "'evaluation.prevalences' says {declared}, but by their labels {low} to {high} of the "
        "calibration studies have the finding: correct it, leave it out so that labels are "
        "counted, or say 'data.sampling: enriched'":
        "'evaluation.prevalences' sagt {declared}, nach ihren Labels haben aber {low} bis {high} "
        "der Kalibrierungsuntersuchungen den Befund: berichtigen, weglassen (dann werden Labels "
        "gezählt) oder 'data.sampling: enriched' schreiben",
        "The sample was enriched on purpose: net benefits, and thresholds taken for them, hold for "
        "the share of patients with the finding in this sample, not in routine care.":
        "Die Stichprobe wurde absichtlich angereichert: Nettonutzen und danach genommene Schwellen "
        "gelten für den Anteil der Patienten mit dem Befund in dieser Stichprobe, nicht im Alltag.",
        "The threshold for use: {note}.": "Die Schwelle für den Gebrauch: {note}.",
        "This was look number {n} at this test split.":
        "Dies war Blick Nummer {n} auf diesen Testteil.",
        "Not as declared before the test was first looked at: {named}.":
        "Nicht so, wie es erklärt war, bevor der Test zum ersten Mal angesehen wurde: {named}.",
    },
    rungs={
        "shipped": "das generische Modell, wie es kam",
        "score_alignment": "seine Scores an die von zu Hause angeglichen",
        "site_threshold": "eine eigene Schwelle",
        "recalibration": "seine Scores rekalibriert",
        "harmonisation": "Ihre Aufnahmen denen angeglichen, die es kennt",
        "batch_norm": "seine BatchNorm an Ihren Aufnahmen gemessen",
        "fast_probe": "ein neuer Kopf auf seinen Merkmalen",
        "linear_probe": "ein neuer Kopf auf seinen Merkmalen, in Schritten",
        "lora": "nachtrainiert durch Adapter (LoRA)",
        "dora": "nachtrainiert durch Adapter (DoRA)",
        "norm": "nachtrainiert nur in den Normierungen",
        "bias": "nachtrainiert nur in den Bias-Werten",
        "lp_ft": "ganz nachtrainiert, der Kopf zuerst (LP-FT)",
        "full": "ganz nachtrainiert",
        "layer_decay": "ganz nachtrainiert, zum Eingang hin langsamer",
        "gradual": "ganz nachtrainiert, Block für Block",
        "surgical": "nachtrainiert in zwei Blöcken",
    },
    utilities={
        "net_benefit": "Nettonutzen, wenn man ab einer Wahrscheinlichkeit von {at} handelt",
        "sensitivity_at_specificity": "Sensitivität bei einer Spezifität von {at}",
    },
    axis={
        "net_benefit": "Nettonutzen: von 100 Patienten richtig gefundene, abzüglich der "
        "Fehlalarme, die sie wert sind",
        "sensitivity_at_specificity": "von 100 Patienten mit dem Befund werden gefunden",
    },
    stay="Nicht nachtrainieren. Von nichts, was versucht wurde, ist gezeigt, dass es besser ist "
    "als das generische Modell, wie es kam.",
    cheap={
        "score_alignment": "Nicht nachtrainieren. Die Scores des generischen Modells an dieses "
        "Haus angleichen.",
        "site_threshold": "Nicht nachtrainieren. Dem generischen Modell eine eigene Schwelle "
        "geben.",
        "recalibration": "Nicht nachtrainieren. Die Scores des generischen Modells hier "
        "rekalibrieren.",
        "harmonisation": "Nicht nachtrainieren. Die Aufnahmen angleichen, bevor das generische "
        "Modell sie sieht.",
        "batch_norm": "Nicht nachtrainieren. Die BatchNorm des generischen Modells an den eigenen "
        "Aufnahmen messen.",
    },
    without_labels="Dafür ist kein Label nötig.",
    teach="Nachtrainieren lohnt sich: {rung}. Von keinem billigeren Schritt ist gezeigt, dass er "
    "so viel leistet.",
    untold="Ob Nachtrainieren helfen würde, lässt sich nicht sagen: {reason}. Bis dahin beim "
    "generischen Modell bleiben.",
    unjudged="Ob Nachtrainieren mehr leisten würde, lässt sich nicht sagen: {reason}.",
    tested="An {cases} Testuntersuchungen von {patients} Patienten, einmal geöffnet, gewinnt es "
    "{gain} ({utility}); verglichen mit: {first}.",
    tested_alone="An {cases} Testuntersuchungen von {patients} Patienten, einmal geöffnet: "
    "{utility} {value}.",
    not_tested="Am Test wurde es nicht beurteilt: {reason}.",
    ranking="AUROC {auroc}, vorher {first_auroc}; Differenz {moved}.",
    ranking_stays="AUROC {auroc}. Eine Schwelle oder eine Rekalibrierung kann sie nicht ändern.",
    cut="(1 - AUROC) sinkt um {cut}.",
    chosen_on={
        "cross_validation": "Ausgewählt an {cases} Untersuchungen von {patients} Patienten "
        "({positive} Untersuchungen mit dem Befund), jede bewertet von einem Modell, das ihren "
        "Patienten nicht gesehen hatte ({folds} Teile).",
        "calibration": "Ausgewählt an den {cases} Untersuchungen von {patients} Patienten des "
        "Kalibrierungsteils ({positive} Untersuchungen mit dem Befund).",
    },
    rule="Jeder Schritt wird mit dem besten billigeren verglichen. Er gilt als besser, wo die "
    "Differenz, Patienten neu gezogen, über {least} liegt und p nach Holm unter {alpha}. Kleine "
    "Schritte können sich summieren: Solange ein teurerer Schritt nach demselben Test besser ist "
    "als der erreichte, wird der nächste genommen, der mehr leistet. Die Balken sind "
    "{level}-Intervalle; die gepaarten Differenzen zeigen sie nicht, die stehen in der Tabelle.",
    cost={
        "nothing": "kein Label",
        "labels": "{labels} Untersuchungen mit Label",
        "time": "{minutes} min",
    },
    not_climbed="nicht möglich: {reason}",
    short_of="besser ist: {rung} (p {p_value})",
    use="Anwenden: medtune predict {folder} AUFNAHMEN",
)  # fmt: skip
