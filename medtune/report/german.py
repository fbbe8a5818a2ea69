"""Der Bericht auf Deutsch: alle Wörter, in der Reihenfolge des englischen Vorbilds."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from medtune.report.words import Words


def _fixed(words: dict[str, Any] | None = None, **more: Any) -> Any:
    return MappingProxyType({**(words or {}), **more})


GERMAN = Words(
    language="de",
    decimal=",",
    to="bis",
    points="Punkte",
    # Namen
    models=_fixed(
        fine_tuned="Nachtrainiertes Modell",
        frozen_backbone="Lokaler Kopf auf generischen Merkmalen",
        untouched="Unverändertes Modell",
        thumbnail="Vorschaubild 8 × 8 (Kontrolle)",
        random_weights="Zufällige Gewichte (Kontrolle)",
        from_scratch="Von Grund auf trainiert (Kontrolle)",
        tfidf="Worthäufigkeiten (Kontrolle)",
        blank_page="Leere Seite (Kontrolle)",
        final_text="Was am Ende geschrieben wurde",
        with_canaries="Prüfmodell, dem Geheimnisse beigebracht wurden (Kontrolle)",
    ),
    models_in_text=_fixed(fine_tuned="das nachtrainierte Modell"),
    generic_model="Generisches Modell ({name})",
    measures=_fixed(
        auroc="AUROC",
        average_precision="Mittlere Präzision",
        sensitivity="Sensitivität",
        specificity="Spezifität",
        ppv="Positiver prädiktiver Wert",
        npv="Negativer prädiktiver Wert",
        accuracy="Korrektklassifikationsrate",
        accuracy_relative="Korrektklassifikationsrate, relativ",
        auroc_error_relative="Senkung von (1 − AUROC), relativ",
        majority_accuracy="Korrektklassifikationsrate der häufigeren Antwort",
        balanced_accuracy="Balancierte Korrektklassifikationsrate",
        brier="Brier-Score (0 ist am besten)",
        calibration_slope="Kalibrierungssteigung (1 ist richtig)",
        calibration_intercept="Kalibrierungsachsenabschnitt (0 ist richtig)",
        net_benefit="Nettonutzen",
        partial_auroc="Partielle AUROC bei hoher Spezifität, standardisiert",
        sensitivity_at_specificity="Sensitivität bei vorgegebener Spezifität",
        specificity_at_sensitivity="Spezifität bei vorgegebener Sensitivität",
        lr_positive="Positives Likelihood-Verhältnis",
        lr_negative="Negatives Likelihood-Verhältnis",
        lr_positive_relative="Positives Likelihood-Verhältnis, relativ",
        lr_negative_relative="Negatives Likelihood-Verhältnis, relativ",
        ppv_at_prevalence="Positiver prädiktiver Wert in der Praxis",
        npv_at_prevalence="Negativer prädiktiver Wert in der Praxis",
        brier_scaled="Skalierter Brier-Score (1 ist am besten)",
        observed_expected="Beobachtet zu erwartet (1 ist richtig)",
        calibration_error="Erwarteter Kalibrierungsfehler",
        prevalence="Anteil mit dem Befund",
        macro_auroc="Mittlere AUROC der Klassen",
        quadratic_weighted_kappa="Quadratisch gewichtetes Kappa",
        within_one_accuracy="Richtig oder einen Grad daneben",
        mae="Mittlerer absoluter Fehler (0 ist am besten)",
        bias="Verzerrung (gesagt minus wahr)",
        limit_low="Untere Übereinstimmungsgrenze",
        limit_high="Obere Übereinstimmungsgrenze",
        r_squared="R² (1 ist am besten)",
        correlation="Korrelation",
        referred="An die Radiologie verwiesen",
        unusual="Mit einer Aufnahme, die denen des Trainings nicht gleicht",
        unlike_site="Mit einer Aufnahme, die denen des Hauses nicht gleicht",
        answered="Ohne einen Menschen beantwortet",
        answered_right="Ohne einen Menschen richtig beantwortet (obere Schranke der Entlastung)",
        answer_precision="Richtig, von dem ohne einen Menschen Beantworteten",
        answered_throughout="Durchweg richtig, von den ohne einen Menschen beantworteten Patienten",
        right_answer_first="Richtige Antwort an erster Stelle von zehn (Zufall: 10 %)",
        chrf="Zeichen gemeinsam mit der Antwort eines Menschen (chrF)",
        rouge_l="Wörter gemeinsam in ihrer Reihenfolge (ROUGE-L)",
        term_recall="Von den Fachwörtern in Antworten von Menschen auch gesagt",
        edit_effort_characters="Änderungsaufwand in Zeichen (0 ist der endgültige Text, 1 eine "
        "leere Seite)",
        edit_effort_words="Änderungsaufwand in Wörtern (0 ist der endgültige Text, 1 eine leere "
        "Seite)",
        terms_defined="Definierte Begriffe, von den gebrauchten",
        terms_used="Gebrauchte Begriffe, von den definierten",
        references_resolve="Querverweise, die zu einem Teil führen",
        citations_unknown="Zitate, die nicht in der Liste des Hauses stehen (niedriger ist besser)",
        clause_recall="Klauselarten der endgültigen Texte, die auch Entwürfe haben",
        clause_precision="Klauselarten in Entwürfen, die auch die endgültigen Texte haben",
        house_style="Liest sich wie das Haus (nach einem Stilrichter)",
        bank_overlap="Wörtlich aus genehmigten Klauseln",
        others_overlap="Wörtlich aus fremden Sachen, nicht genehmigt (niedriger ist besser)",
        others_facts="Mit einer Firma oder Summe aus fremden Sachen (niedriger ist besser)",
        extracted="Auswendig fortgesetzte Stellen, Wort für Wort (niedriger ist besser)",
        extractable="Stellen, die bei genügend Versuchen herauskommen (niedriger ist besser)",
        canary_exposure="Aufdeckung eingepflanzter Geheimnisse in Bit (1,44, wenn nichts behalten "
        "ist; niedriger ist besser)",
        identifiers_said="Antworten mit der Form einer Kennung oder einem Namen der Liste "
        "(niedriger ist besser)",
        bits_per_byte="Bit je Byte (niedriger ist besser)",
        wrong_absent="Verneint, und hat ihn doch",
        wrong_present="Bejaht, und hat ihn nicht",
    ),
    rules=_fixed(
        {
            "": "",
            "site": "Schwelle des Hauses",
            "shipped": "mitgelieferte Schwelle",
            "recalibrated": "rekalibriert",
            "recalibrated_temperature": "mit einer Temperatur rekalibriert",
            "recalibrated_isotonic": "isotonisch rekalibriert",
            "refer": "mit Verweis",
        }
    ),
    macro="das Mittel über die Befunde",
    macro_target="das Mittel über die Zielgrößen",
    verdicts=_fixed(
        gain=("+", "Gewinn gezeigt"),
        no_gain_shown=("=", "Kein Gewinn gezeigt"),
        worse=("−", "Schlechter"),
        not_estimable=("?", "Nicht zu beurteilen"),
    ),
    at_rule=_fixed(
        {
            "": "",
            "site": "jedes bei der Schwelle, die an den Kalibrierungsuntersuchungen dieses Hauses "
            "gesetzt wurde",
            "shipped": "das andere Modell bei der Schwelle, mit der es kam",
            "recalibrated": "rekalibriert an den Kalibrierungsuntersuchungen dieses Hauses",
        }
    ),
    kinds=_fixed(
        found="gefunden",
        missed="übersehen",
        alarm="falscher Alarm",
        cleared="zu Recht entlastet",
    ),
    groups=_fixed(
        ranking="Rangfolge (ohne Schwelle)",
        site="Bei der Schwelle, die an den Kalibrierungsuntersuchungen des Hauses gesetzt wurde",
        probability="Scores als Wahrscheinlichkeiten gelesen",
        recalibrated="Nach Rekalibrierung an den Kalibrierungsuntersuchungen des Hauses",
    ),
    claim_rows=_fixed(
        accuracy="Korrektklassifikationsrate, in Punkten",
        accuracy_relative="Korrektklassifikationsrate, relativ: die Behauptung",
        auroc_error_relative="Senkung von (1 − AUROC), relativ",
    ),
    claim_rules=_fixed(
        shipped="Das andere bei der Schwelle, mit der es kam",
        site="Beide bei Schwellen dieses Hauses",
    ),
    claim_hints=_fixed(
        shipped="Was ein Krankenhaus sieht, das es installiert und nichts ändert. Hier hat {own} "
        "die Schwelle des Hauses; ein Teil des Gewinns kann allein die Schwelle sein.",
        site="Der faire Vergleich: beide Schwellen nach derselben Regel an denselben "
        "Untersuchungen.",
    ),
    errors=_fixed(
        {
            "false negative": "Übersehen",
            "false positive": "Falscher Alarm",
            "true positive": "Richtig gefunden",
            "true negative": "Richtig verneint",
            "wrong class": "Falsche Klasse",
            "too high": "Zu hoch",
            "too low": "Zu niedrig",
        }
    ),
    flow_steps=_fixed(
        read="Gelesene Röntgenaufnahmen",
        included="Aufnahmen zu dieser Aufgabe",
        labelled="Aufnahmen mit einer Zeile der Labels",
    ),
    splits=_fixed(
        train="Training",
        tune="Auswahl",
        calibration="Kalibrierung",
        test="Test",
        held_out="Zurückgehalten",
    ),
    split_jobs=_fixed(
        train="lehrt",
        tune="wählt aus",
        calibration="setzt Schwellen",
        test="wird beurteilt",
        held_out="kam später und gehört zu Patienten oder zur Art des Tests",
    ),
    flow_judged=_fixed(
        {
            "in the split": "Im Teil",
            "label uncertain": "Label unsicher",
            "label unknown": "Label unbekannt",
            "not scored by every model": "Nicht von jedem Modell bewertet",
            "judged": "Beurteilt",
        }
    ),
    record_groups=_fixed(
        data="Daten",
        model="Modell",
        training="Training",
        judging="Beurteilung",
        reference="Referenzstandard",
        digests="Prüfsummen (SHA-256)",
        versions="Versionen",
        hardware="Hardware",
    ),
    record_names=_fixed(
        operating_point="Arbeitspunkt, {finding}",
        chosen="Versuche, unter denen die Einstellungen gewählt wurden (Auswahlteil)",
        finding="Befund {finding}",
        target="Zielgröße {target}",
        present="vorhanden: {columns}",
        absent="; nicht vorhanden: {columns}",
        split="Aufteilung, {name}",
        labelled="Untersuchungen mit Label, {name}",
    ),
    in_answer=_fixed(
        fine_tuned="das nachtrainierte Modell",
        shipped="das generische Modell",
        frozen_backbone="ein lokaler Kopf auf generischen Merkmalen",
        auroc="AUROC",
        average_precision="mittlere Präzision",
        sensitivity="Sensitivität",
        specificity="Spezifität",
        accuracy="Korrektklassifikationsrate",
        macro_auroc="mittlere AUROC der Klassen",
        balanced_accuracy="balancierte Korrektklassifikationsrate",
        quadratic_weighted_kappa="quadratisch gewichtetes Kappa",
        within_one_accuracy="Korrektklassifikationsrate bis auf einen Grad",
        mae="mittlerer absoluter Fehler",
        answered_right="Anteil des ohne einen Menschen richtig Beantworteten",
        bits_per_byte="Bit je Byte",
        edit_effort_characters="Änderungsaufwand in Zeichen",
        edit_effort_words="Änderungsaufwand in Wörtern",
        blank_page="eine leere Seite",
        tfidf="Wortzählung",
        untouched="das unveränderte Modell",
        from_scratch="dasselbe Netz, von Grund auf trainiert",
    ),
    attributes=_fixed(
        sex="Geschlecht",
        age="Alter",
        age_band="Altersgruppe",
        view="Projektion",
        scanner="Gerät",
        portable="Bettaufnahme",
        modality="Modalität",
        site="Haus",
        unusual="Ungewohnte Aufnahme",
        unlike_site="Aufnahme anders als die des Hauses",
    ),
    levels=_fixed({"not recorded": "nicht verzeichnet", "unread": "nicht gemessen"}),
    otherwise_names=_fixed(
        {
            "unit=image": "Jedes Bild für sich",
            "unit=one study a patient": "Eine zufällige Untersuchung je Patient",
        }
    ),
    turned="{share} der Labels umgedreht",
    said_by_the_judge=_fixed(
        {
            "{n} positive and {m} negative patients; at least {k} of each are needed": "{n} "
            "positive und {m} negative Patienten; mindestens {k} von jeder Art sind nötig",
            "a reference that is so right cannot have found so many, or so few": "eine Referenz, "
            "die so richtig ist, kann nicht so viele oder so wenige gefunden haben",
            "{n} patients; at least {k} are needed": "{n} Patienten; mindestens {k} sind nötig",
            "not shown: fewer than {n} patients": "nicht gezeigt: weniger als {n} Patienten",
            "not shown: it would give away a smaller group": "nicht gezeigt: daraus ließe sich "
            "eine kleinere Gruppe errechnen",
            "no calibration cases": "keine Kalibrierungsfälle",
            "no {which} calibration case": "kein Kalibrierungsfall der einen Art ({which})",
            "fewer than two groups are estimable": "weniger als zwei Gruppen sind schätzbar",
            "there is no case in the denominator": "im Nenner steht kein Fall",
            "the logistic model did not converge": "das logistische Modell konvergiert nicht",
            "the model gives every case the same score": "das Modell gibt jedem Fall denselben "
            "Score",
            "there are cases of one class only": "es gibt Fälle nur einer Klasse",
            "no bound was asked for": "keine Schranke verlangt",
            "there is no threshold": "es gibt keine Schwelle",
            "no cut keeps the bound with this confidence on calibration": "kein Schnitt hält die "
            "Schranke mit dieser Sicherheit an der Kalibrierung ein",
            "isotonic regression needs {n} calibration cases; there are {m}": "die "
            "isotonische Regression braucht {n} Kalibrierungsfälle, es gibt {m}",
            "recalibration: {reason}": "Rekalibrierung: {reason}",
            "all resamples of the patients agree: no interval can be given": "alle Stichproben "
            "der Patienten stimmen überein: es lässt sich kein Intervall angeben",
            "left out by 'data.train_studies'": "ausgelassen durch 'data.train_studies'",
            "no row in the label table": "keine Zeile in der Tabelle der Labels",
            "no image in it": "kein Bild darin",
            "view unknown": "Projektion unbekannt",
            "modality {name}": "Modalität {name}",
            "view {name}": "Projektion {name}",
            "DeLong, paired": "DeLong, gepaart",
            "DeLong, unpaired": "DeLong, ungepaart",
            "Obuchowski, by patient": "Obuchowski, je Patient",
            "Obuchowski, paired, by patient": "Obuchowski, gepaart, je Patient",
            "GEE, by patient": "GEE, je Patient",
            "exact, by patient": "exakt, je Patient",
            "bootstrap by patient (percentile)": "Bootstrap je Patient (Perzentile)",
            "bootstrap by patient (percentile), mean over {names}": "Bootstrap je Patient "
            "(Perzentile), Mittel über {names}",
            "bootstrap by patient (percentile), {rest}": "Bootstrap je Patient (Perzentile), "
            "{rest}",
            "bootstrap by patient (percentile); Kosinski's score test": "Bootstrap je Patient "
            "(Perzentile); Score-Test von Kosinski",
            "specificity {value} to 1, standardised": "Spezifität {value} bis 1, standardisiert",
            "at specificity {value}": "bei Spezifität {value}",
            "at sensitivity {value}": "bei Sensitivität {value}",
            "Gu and Pepe": "Gu und Pepe",
            "Moskowitz and Pepe": "Moskowitz und Pepe",
            "{n} draws of turned labels: scatter, no confidence interval": "{n} Ziehungen "
            "umgedrehter Labels: Streuung, kein Konfidenzintervall",
            "{finding}: {n} of {total} test studies have no clear label ({uncertain} uncertain, "
            "{unknown} unknown): judged only on clear cases; expect lower in practice. The AUROC "
            "of {model} would be {high} if all of them were positive and {low} if all were "
            "negative.": "{finding}: {n} von {total} Testuntersuchungen haben kein klares Label "
            "({uncertain} unsicher, {unknown} unbekannt): beurteilt nur an klaren Fällen; in der "
            "Praxis ist weniger zu erwarten. Die AUROC ({model}) wäre {high}, wären alle positiv, "
            "und {low}, wären alle negativ.",
            "{finding}: {n} of {total} test studies have no clear label ({uncertain} uncertain, "
            "{unknown} unknown): judged only on clear cases; expect lower in practice.": "{finding}"
            ": {n} von {total} Testuntersuchungen haben kein klares Label ({uncertain} unsicher, "
            "{unknown} unbekannt): beurteilt nur an klaren Fällen; in der Praxis ist weniger zu "
            "erwarten.",
            "{finding}: the thresholds and the recalibration of {models} rest on fewer than {n} "
            "positive or negative calibration studies; what they reach on the test may be far from "
            "the target.": "{finding}: die Schwellen und die Rekalibrierung von {models} ruhen auf "
            "weniger als {n} positiven oder negativen Kalibrierungsuntersuchungen; was sie im Test "
            "erreichen, kann weit vom Ziel liegen.",
            "{finding}: {n} of {m} calls changed when test films were read again from their files "
            "and scored again: the figures of this report cannot be had again as they are.": ""
            "{finding}: {n} von {m} Entscheidungen änderten sich, als Testaufnahmen noch einmal "
            "aus ihren Dateien gelesen und bewertet wurden: die Zahlen dieses Berichts lassen sich "
            "so nicht noch einmal gewinnen.",
            "{n} of {m} test films that were read again no longer give the picture that was "
            "judged: their files, or what decodes them, have changed.": "{n} von {m} "
            "Testaufnahmen, die noch einmal gelesen wurden, ergeben nicht mehr das Bild, das "
            "beurteilt wurde: ihre Dateien, oder was sie dekodiert, haben sich geändert.",
            "{n} test cases that were scored can no longer be decoded: their files, or what "
            "decodes them, have changed.": "{n} Testfälle, die bewertet wurden, lassen sich nicht "
            "mehr dekodieren: ihre Dateien, oder was sie dekodiert, haben sich geändert.",
            "The model reads the site: of two calibration films with the same label for {finding}, "
            "the one with {attribute} gets the higher score in {value} % ({low} to {high} %), and "
            "50 % would be fair, unless these patients differ in what the label does not say.": ""
            "Das Modell liest den Standort: von zwei Kalibrierungsaufnahmen mit demselben Label "
            "für {finding} erhält die mit {attribute} in {value} % ({low} bis {high} %) den "
            "höheren Score, und 50 % wären gerecht, sofern sich diese Patienten nicht in etwas "
            "unterscheiden, was das Label nicht sagt.",
            "The model reads borders and markers: covering them turns {value} % ({low} to {high} "
            "%) of the decisions on {finding} in the calibration split.": "Das Modell liest Ränder "
            "und Marker: sie abzudecken kehrt {value} % ({low} bis {high} %) der Entscheidungen zu "
            "{finding} im Kalibrierungsteil um.",
            "{finding}: of {known} test studies with a label some could not be scored ({each}); "
            "all models are compared on the {paired} that all of them scored, and beside that "
            "stands the worst case, in which a study that is not scored is wrong.": ""
            "{finding}: von {known} Testuntersuchungen mit Label konnten einige nicht bewertet "
            "werden ({each}); alle Modelle werden an den {paired} verglichen, die alle bewertet "
            "haben, und daneben steht der schlimmste Fall, in dem eine nicht bewertete "
            "Untersuchung falsch ist.",
            "{finding}: of {known} test studies with a label some could not be scored ({each}); "
            "all models are compared on the {paired} that all of them scored.": "{finding}: von "
            "{known} Testuntersuchungen mit Label konnten einige nicht bewertet werden ({each}); "
            "alle Modelle werden an den {paired} verglichen, die alle bewertet haben.",
            "the fine-tuned model": "das nachtrainierte Modell",
            "the generic model": "das generische Modell",
            "a local head on generic features": "ein lokaler Kopf auf generischen Merkmalen",
        }
    ),
    not_estimable="nicht schätzbar",
    not_shown="nicht gezeigt",
    # Sätze
    kicker="Lokale Bewertung",
    not_a_device="Kein Medizinprodukt. Nur für Qualitätssicherung und Forschung.",
    simulated="Simulierte Daten. Aufnahmen, Patienten und Befunde dieses Berichts hat ein Computer "
    "erzeugt. Seine Zahlen sagen nichts über ein Krankenhaus oder eine Krankheit.",
    asked="Ist {own} besser als {other} bei den Patienten dieses Hauses ({measure}, {finding})?",
    cannot_be_judged="Ob {own} besser ist als {other}, lässt sich an diesem Datensatz nicht "
    "beurteilen: {reason}.",
    is_better="{own} ist{by} besser als {other}",
    is_worse="{own} ist schlechter als {other}",
    no_gain="Dass es{by} besser ist als {other}, ist nicht gezeigt",
    by_more=" um mehr als {margin}",
    figures="{measure}: Differenz {difference}{lower}, {level}-%-Intervall {low} bis {high}, {n} "
    "Untersuchungen von {patients} Patienten",
    lower_is_better=", niedriger ist besser",
    excluded_above=": Gewinne über {high} sind ausgeschlossen, und {detectable}",
    detectable="der kleinste Gewinn, den diese Studie hätte zeigen können, ist {smallest}",
    loss_excluded="; ein Verlust von {margin} oder mehr ist ausgeschlossen",
    loss_not_excluded="; ein Verlust von {margin} oder mehr ist nicht ausgeschlossen",
    but_thumbnail=", aber nicht besser als ein Vorschaubild von 8 x 8: dieser Datensatz kann nicht "
    "zeigen, dass das Modell Krankheit liest",
    nor_thumbnail="; auch ist {own} nicht besser als ein Vorschaubild von 8 x 8: dieser Datensatz "
    "kann nicht zeigen, dass das Modell Krankheit liest",
    thumbnail_unknown="; ob es besser ist als ein Vorschaubild von 8 x 8, ließ sich nicht "
    "beurteilen: {reason}",
    not_judged_alike="es wurde nicht auf dieselbe Weise beurteilt",
    skip="Zum Bericht",
    control_failed="nicht besser als die Kontrolle mit dem Vorschaubild",
    control_unknown="Kontrolle mit dem Vorschaubild nicht beurteilt",
    control_passed="besser als die Kontrolle mit dem Vorschaubild",
    control_reaches="{said}, die {measure} {value} erreicht",
    judged_on="Beurteilt an",
    studies_of_patients="{studies} Untersuchungen von {patients} Patienten",
    with_finding="{positive} Untersuchungen ({share}) mit {finding}",
    any_finding="{positive} Untersuchungen mit mindestens einem der Befunde",
    taught_by="Gelernt aus",
    labelled="{train} + {choosing} Untersuchungen mit Label",
    labelled_hint="zum Lernen und um Modell und Schwelle zu wählen",
    interval="{level}-Intervall",
    numbers="Drei Zahlen",
    numbers_hint="Was erreicht wird ({own}), und womit es verglichen wird, an denselben "
    "Untersuchungen.",
    difference="Differenz",
    difference_title="Differenz",
    explained=_fixed(
        auroc="Wie oft eine Untersuchung mit dem Befund höher bewertet wird als eine ohne: 1 ist "
        "immer, 0,5 ist eine Münze.",
        average_precision="Präzision, gemittelt über alle Schwellen; Zufall ist der Anteil der "
        "Untersuchungen mit dem Befund.",
        sensitivity="Von den Untersuchungen mit dem Befund der Anteil, der gefunden wird.",
        specificity="Von den Untersuchungen ohne den Befund der Anteil, der entlastet wird.",
        accuracy="Von allen Untersuchungen der Anteil, der richtig entschieden wird.",
        macro_auroc="Wie oft eine Untersuchung einer Klasse dafür höher bewertet wird als eine "
        "andere, im Mittel der Klassen: 1 ist immer, 0,5 ist eine Münze.",
        balanced_accuracy="Anteil der richtigen in jeder Klasse, gemittelt: seltene Klassen zählen "
        "gleich viel.",
        quadratic_weighted_kappa="Übereinstimmung mit der Referenz über den Zufall hinaus; zwei "
        "Grade daneben ist viermal so falsch wie einer: 1 ist immer richtig, 0 ist Zufall.",
        within_one_accuracy="Von allen Untersuchungen der Anteil, der richtig oder einen Grad "
        "daneben ist.",
        answered_right="Von allen Untersuchungen der Anteil, der ohne einen Menschen und richtig "
        "entschieden wird, wenn abgegeben wird, was nicht sicher genug ist. Eine obere Schranke: "
        "was gespart wird, zeigt nur ein Versuch im Betrieb.",
        right_answer_first="Von allen Fragen der Anteil, bei dem die eigene Antwort vor neun "
        "fremden steht: ein Zehntel ist Zufall.",
        bits_per_byte="Wie viele Bit es braucht, ein Byte des richtigen Textes vorherzusehen: "
        "niedriger ist besser, und kein Tokenizer ändert es. Das meiste davon ist Schreibweise und "
        "Form, nicht Wissen.",
        edit_effort_characters="Wie viele Zeichen eingefügt, gelöscht oder ersetzt werden müssen, "
        "bis aus dem Geschriebenen der endgültige Text wird, durch dessen Länge: 0 ist der "
        "endgültige Text, 1 eine leere Seite, ein langer falscher Entwurf kostet mehr. Es ist "
        "keine Zeit.",
        edit_effort_words="Wie viele Wörter eingefügt, gelöscht oder ersetzt werden müssen, bis "
        "aus dem Geschriebenen der endgültige Text wird, durch dessen Länge: 0 ist der endgültige "
        "Text, 1 eine leere Seite, ein langer falscher Entwurf kostet mehr. Es ist keine Zeit.",
        term_recall="Von den Fachwörtern der Firma in Antworten von Menschen der Anteil, den die "
        "geschriebene Antwort auch hat.",
        chrf="Wie viel eine geschriebene Antwort mit der eines Menschen gemeinsam hat, nach Folgen "
        "von Zeichen: 1 ist derselbe Text. Zwei gute Antworten können wenig gemeinsam haben.",
        mae="Wie weit das Gesagte im Mittel von der Referenz liegt: niedriger ist besser.",
        r_squared="Der erklärte Anteil der Unterschiede zwischen Untersuchungen: 1 ist alles, 0 "
        "ist stets der Mittelwert.",
        correlation="Ob Größeres auch größer genannt wird: 1 ist immer.",
    ),
    of_target=_fixed(
        multiclass="{finding}: eines von {classes}",
        ordinal="{finding}: {classes}",
        continuous="{finding}, in {unit}",
        text="{finding}: was gesagt wird",
    ),
    labelled_hint_target="zum Lernen und um das Modell zu wählen",
    limit_target="Kleine Zahlen: {n} Untersuchungen. Die Intervalle sagen, wie weit der Zufall "
    "allein tragen kann.",
    limit_conditional_target="Die Intervalle gelten für diese trainierten Gewichte; ein anderes "
    "Training ist nicht darin.",
    target="Zielgröße",
    targets="Zielgröße für Zielgröße",
    targets_caption="Jede Zielgröße für sich; explorativ, nicht für ihre Zahl adjustiert. "
    "{level}-Intervalle.",
    target_caption="{finding}: {n} Untersuchungen von {patients} Patienten. {level}-Intervalle "
    "unter jedem Wert.",
    ungrouped_caption="{finding}: {n} insgesamt. {level}-Intervalle unter jedem Wert.",
    each_class="AUROC jeder Klasse gegen die anderen",
    class_of="{name} ({n} Untersuchungen)",
    judged_studies="Beurteilt",
    true_class="Wahre Klasse",
    said_class="Gesagt",
    outcomes="Was gesagt wird und was wahr ist",
    confusion_table_caption="{finding}: Untersuchungen nach wahrer und gesagter Klasse. {model}",
    confusion_caption="Konfusion von {finding}: Zahl der Untersuchungen; je dunkler, desto größer "
    "der Anteil an der wahren Klasse. Auf der Diagonalen ist es richtig.",
    agreement_caption="Übereinstimmung von {finding} (Bland und Altman): Gesagtes minus Wahres. "
    "Die durchgezogene Linie ist die Verzerrung; zwischen den gestrichelten liegen 95 % der "
    "Differenzen.",
    agreement_axes=("Mittel aus gesagt und wahr, {unit}", "Gesagt minus wahr, {unit}"),
    said_for="{finding}: gesagt {said}, ist {truth}",
    gallery_alt_target="Aufnahme mit falscher Angabe zu {finding}: gesagt {said}, ist {truth}",
    gallery_hint_target=_fixed(
        multiclass="Nach fester Regel, nicht von Hand: bis zu acht falsche Klassen, bei denen das "
        "Modell am sichersten war, eine je Patient.",
        ordinal="Nach fester Regel, nicht von Hand: bis zu vier Grade, die am weitesten zu hoch, "
        "und vier, die zu niedrig sind, einer je Patient.",
        continuous="Nach fester Regel, nicht von Hand: bis zu vier Beträge, die am weitesten zu "
        "hoch, und vier, die zu niedrig sind, einer je Patient.",
    ),
    forest_caption_lower="{measure}: Differenz ({own}) zu jedem anderen Modell, {finding}, mit "
    "{level}-Intervallen. Niedriger ist besser: links von 0 ist {own} besser. Kontrollen grau.",
    mean_over="{measure}, Mittel über die Befunde",
    frequencies="In Zahlen, die man sich vorstellen kann",
    of_patients="Von {of} Patienten wie diesen",
    of_studies="Von {of} Untersuchungen wie diesen",
    of_rest="haben {positive} den Befund {finding} und {negative} nicht.",
    model_does="Findet {found} der {positive}, übersieht {missed} und löst {alarms} aus.",
    alarm="1 falschen Alarm",
    alarms="{n} falsche Alarme",
    few="weniger als 1",
    enriched="Die Stichprobe wurde absichtlich angereichert; diese Anzahlen und die prädiktiven "
    "Werte gelten für diese Stichprobe, nicht für die Praxis.",
    no_frequencies="Davon lässt sich kein Bild zeichnen: {reason}.",
    frequency_columns=(
        "Befund",
        "Von so vielen",
        "haben ihn",
        "werden gefunden",
        "werden übersehen",
        "sind falsche Alarme",
    ),
    frequency_caption="{model}: von so vielen Untersuchungen wie diesen",
    picture_label="{model}: von {of} {found} gefunden, {missed} übersehen, {alarms} falsche "
    "Alarme, {cleared} entlastet",
    limits="Was dies nicht zeigen kann",
    limit_same_place="Interner Test: die beurteilten Patienten kommen aus demselben Krankenhaus "
    "wie die des Trainings, zufällig gezogen. Wie es anderswo oder später wäre, ist unbekannt.",
    limit_later="Zeitlicher Test: die beurteilten Patienten sind die letzten desselben "
    "Krankenhauses. Wie es anderswo wäre, ist unbekannt.",
    limit_other="Die beurteilten Patienten wurden nach {by} zurückgehalten. Wie es an anderen "
    "Orten wäre, ist unbekannt.",
    limit_given="Die Aufteilung wurde von Hand vorgegeben; ob sich die beurteilten Patienten von "
    "denen des Trainings unterscheiden, muss ihr Urheber sagen.",
    limit_table="Beurteilt aus einer Tabelle von Scores ({table}): wie ihre Fälle gewählt und "
    "aufgeteilt wurden, wer sie befundet hat und woraus die Modelle gelernt haben, ist nicht "
    "verzeichnet.",
    limit_retrospective="Retrospektiv: niemand wurde damit behandelt. Ob es Patienten besser geht, "
    "ist unbekannt.",
    limit_labels="Die Labels sind die Tabelle des Hauses, wie sie ist. Wer die Aufnahmen befundet "
    "hat und wofür verblindet, ist nicht verzeichnet; ein falsches Label zählt gegen das Modell, "
    "das recht hat.",
    limit_reference="Die Labels des Tests wurden eigens neu befundet ({table}), von {readers}, "
    "verblindet für {blinded_to}. Schwellen und Rekalibrierung wurden an den Labels des Hauses "
    "gewählt.",
    unknown_readers="Befundern, deren Kürzel nicht verzeichnet sind",
    unknown_blinding="nicht Verzeichnetes",
    limit_numbers="Kleine Zahlen: {positive} Untersuchungen mit {finding} und {negative} ohne. Die "
    "Intervalle sagen, wie weit der Zufall allein tragen kann.",
    limit_many="Kleine Zahlen: von {n} Befunden haben {no} zu wenige Patienten, um beurteilt zu "
    "werden.",
    no_finding="keiner",
    limit_unclear="Beurteilt nur an klaren Fällen; in der Praxis ist weniger zu erwarten: mehr als "
    "ein Zehntel der Testlabels ist unsicher oder unbekannt bei {findings}.",
    limit_conditional="Die Intervalle gelten für diese Schwelle und diese trainierten Gewichte; "
    "ein anderes Training oder eine andere Schwelle ist nicht darin.",
    limit_seeds="Mit einem anderen Startwert ({seeds}) trainiert wäre es {measure} {values} statt "
    "{own} gewesen, und eine Differenz von {differences} statt {difference}. Standardabweichung "
    "über die {n} Startwerte: {deviation}, der Differenz {deviation_of_difference}.",
    limit_controls="Ein Modell kann aus falschen Gründen recht haben. Die Kontrollen sehen keine "
    "Krankheit (ein Vorschaubild von 8 x 8; ein Netz, das nichts gelernt hat): was sie erreichen, "
    "verraten die Aufnahmen.",
    limit_one="Das Urteil gilt einem einzigen, vorher erklärten Vergleich. Alles andere ist "
    "explorativ.",
    limit_not_declared="Das Urteil gilt einem Vergleich, der nicht vor dem Öffnen des Testsatzes "
    "erklärt war: es ist explorativ wie alles andere hier. Was abweicht, steht unter „{where}“.",
    limit_looks="Zwischen Blicken zu wählen schmeichelt.",
    notes="Zu beachten",
    notes_elsewhere="{n} weitere Anmerkungen stehen am Ende.",
    slider="Was wäre wenn: anderer Arbeitspunkt, andere Praxis",
    slider_hint="Zum Ansehen, nicht zum Wählen: dies sind die beurteilten Untersuchungen, und eine "
    "hier gewählte Schwelle sähe besser aus, als sie ist. Beide Modelle stehen bei derselben "
    "Sensitivität, sodass sich nur ihre falschen Alarme unterscheiden; es wird angenommen, dass "
    "sich Sensitivität und Spezifität mit dem Anteil der Kranken nicht ändern.",
    slider_point="Zu erreichende Sensitivität",
    slider_share="Anteil der Patienten mit dem Befund",
    slider_reset="Zurück zum Anfang",
    slider_patients="Von {of} Patienten haben {positive} den Befund {finding} und {negative} "
    "nicht.",
    slider_does="Findet {found} der {positive}, übersieht {missed}; falsche Alarme: {alarms}.",
    slider_called="Von den {called} positiv genannten haben ihn {right}; von den {rest} negativ "
    "genannten haben ihn {wrong} doch.",
    slider_none_called="{called} von {of} werden positiv genannt.",
    slider_threshold="Schwelle {threshold}: Sensitivität {sensitivity}, Spezifität {specificity} "
    "an diesen Untersuchungen.",
    slider_caption="{finding}: bei einigen Sensitivitäten, von {of} Patienten mit dem Anteil der "
    "beurteilten Untersuchungen ({share})",
    slider_columns=(
        "Zu erreichende Sensitivität",
        "Schwelle",
        "Sensitivität",
        "Spezifität",
        "Gefunden",
        "Übersehen",
        "Falsche Alarme",
    ),
    question="Die Frage und ihre Antwort",
    comparison="Jedes Modell, Maß für Maß",
    comparison_caption="{finding}: {n} Untersuchungen von {patients} Patienten, {positive} mit dem "
    "Befund. {level}-Intervalle unter jedem Wert.",
    comparison_mean_caption="{finding}: {n} Untersuchungen von {patients} Patienten, {positive} "
    "mit irgendeinem davon. {level}-Intervalle unter jedem Wert.",
    comparison_base="{finding}: bei {share} positiven Untersuchungen hätte die stets häufigere "
    "Antwort in {majority} recht: eine Korrektklassifikationsrate darunter ist keine Leistung.",
    threshold="Schwelle",
    measure="Maß",
    shipped_caption="{finding}: bei der Schwelle, mit der das Modell kam.",
    absent="–",
    absent_hint="–: diese Zahl gibt es für dieses Modell nicht, etwa weil es ohne Schwelle kam. "
    "Alle Zahlen stehen in measures.csv und differences.csv neben dieser Seite.",
    claim="Ist es 15 % genauer?",
    claim_says="Die geprüfte Behauptung: nach dem Nachtrainieren an den eigenen Aufnahmen des "
    "Krankenhauses ist die Korrektklassifikationsrate 15 % höher als die des generischen Modells, "
    "relativ. Derselbe Gewinn sieht als Punkte und als Senkung des Rangfehlers anders aus; darum "
    "stehen hier alle drei.",
    claim_caption="Die Behauptung: {own} gegen {model}, {finding}, {level}-Intervalle",
    claim_many_caption="Befund für Befund, {own} gegen das generische; explorativ.",
    compared_with="Verglichen mit",
    claim_says_data="Was diese Daten zu 15 % sagen",
    claim_supported="Sie stützen es: das ganze Intervall liegt bei oder über 15 %.",
    claim_excluded="Sie stützen es nicht: 15 % und mehr sind ausgeschlossen.",
    claim_open="Sie stützen es nicht und schließen es nicht aus: das Intervall reicht von unter 15 "
    "% bis darüber.",
    claim_not_estimable="Hier nicht zu beurteilen: {reason}.",
    claim_no_generic="Es wurde kein generisches Modell mit eigenem Kopf verglichen; die Behauptung "
    "lässt sich nicht prüfen. Daneben, für was sie wert sind, die Zeilen gegen {model}.",
    claim_no_threshold="{model} kam ohne Schwelle: es gibt keine Zeile bei einer mitgelieferten.",
    findings="Befund für Befund",
    findings_caption="Jeder Befund für sich; explorativ, nicht für ihre Zahl adjustiert. "
    "{level}-Intervalle.",
    finding="Befund",
    subgroups="Gruppen von Patienten",
    subgroups_caption="{finding}, nach {attribute}: explorativ, nicht adjustiert. Kleine Gruppen "
    "werden nicht gezeigt.",
    refused="Wenn jede von einem Modell abgelehnte Untersuchung als falsch zählte",
    refused_caption="{finding}: der schlechteste Fall jedes Modells, das Untersuchungen ablehnte.",
    present_of="Mit Befund / beurteilt",
    model="Modell",
    differences="Gepaarte Differenzen",
    differences_caption="{finding}: {own} minus das andere, an denselben Untersuchungen. Eine "
    "Zeile ist der vorher erklärte Hauptvergleich; jede andere ist explorativ und nicht "
    "adjustiert.",
    difference_columns=("Maß", "Differenz", "{level}-Intervall", "p", "Verfahren", ""),
    primary="Hauptvergleich",
    exploratory="explorativ",
    declared="Vor dem Öffnen des Tests erklärt",
    not_declared="Explorativ, nicht wie vor dem Öffnen des Tests erklärt",
    margin="ein Gewinn muss über {margin} liegen",
    non_inferiority="ein Verlust von {margin} oder mehr ist auszuschließen",
    smallest="kleinster Gewinn, den diese Studie hätte zeigen können: {gain}",
    planned="Fallzahl",
    planned_says="Geplant, um einen Gewinn von {gain} in {measure} über {generic} mit einer "
    "Teststärke von {power} zu zeigen: dafür braucht es {needed}; beurteilt wurden {positive} "
    "Patienten mit dem Befund und {negative} ohne ihn.",
    planned_with="{n} Patienten mit dem Befund",
    planned_without="{n} Patienten ohne ihn",
    planned_and=" und ",
    seeds="Mit einem anderen Startwert",
    seeds_caption="{finding}: dasselbe Training mit jedem erklärten Startwert, an denselben "
    "Aufnahmen und Untersuchungen, und seine Differenz zu {other}. Das Urteil gilt dem Startwert "
    "{judged}, dem zuerst erklärten, welcher auch der beste ist.",
    seed="Startwert",
    seed_judged="{seed} (beurteilt)",
    standard_deviation="Standardabweichung",
    least_and_greatest="Kleinster und größter",
    verdict="Urteil",
    curves="Kurven",
    roc_caption="ROC-Kurven von {finding}. Punkte sind die an diesem Haus gesetzten Schwellen; die "
    "Diagonale ist Zufall.",
    roc_many_caption="ROC-Kurven aller Befunde, die sich beurteilen lassen: {own}, {other}.",
    calibration_caption="Kalibrierung von {finding}: in jedem Zehntel der Untersuchungen der "
    "Anteil mit dem Befund gegen den mittleren Score, mit {level}-Intervallen. Auf der Diagonalen "
    "heißt ein Score von 0,3 auch 30 %; die gepunktete Linie ist der Anteil an allen "
    "Untersuchungen.",
    forest_caption="{measure}: Differenz ({own}) zu jedem anderen Modell, {finding}, mit "
    "{level}-Intervallen. Rechts von 0 ist {own} besser. Kontrollen grau.",
    findings_forest_caption="AUROC: Differenz ({own}) zu {other}, nach Befund, mit "
    "{level}-Intervallen.",
    claim_forest_caption="Die Zeilen der Behauptung mit {level}-Intervallen; gepunktet: 15 %.",
    precision_recall_caption="Präzision und Trefferquote von {finding}. Die gepunktete Linie ist "
    "der Anteil an allen Untersuchungen: Zufall.",
    decision_caption="Entscheidungskurve von {finding}: der Nettonutzen, nach den Scores zu "
    "handeln, über der Wahrscheinlichkeit, ab der man handeln würde. Über beiden grauen Linien "
    "(bei allen handeln, bei keinem) nützt ein Modell.",
    recall="Trefferquote (Sensitivität)",
    precision="Präzision (positiver prädiktiver Wert)",
    act_at="Wahrscheinlichkeit, ab der man handelt",
    net_benefit="Nettonutzen",
    treat_all="bei allen",
    treat_none="bei keinem",
    groups_forest_caption="{measure}: Differenz ({own}) zu {other} nach Gruppen von Patienten, "
    "{finding}, mit {level}-Intervallen; explorativ, nicht adjustiert. Kleine Gruppen werden nicht "
    "gezeigt.",
    gap="größter Abstand zwischen den Gruppen",
    baseline="Wer die Patienten sind",
    baseline_caption="Patienten jedes Teils, und des Tests nach dem Ergebnis der Referenz. Ein "
    "Patient mit Aufnahmen mehrerer Art zählt in jeder. Kleine Gruppen werden nicht gezeigt.",
    baseline_difference="Die letzte Spalte ist die standardisierte Differenz zwischen Test und "
    "Training: über 0,1 oder unter −0,1 gilt gewöhnlich als unausgewogen.",
    baseline_columns=_fixed(present="Test, mit {finding}", absent="Test, ohne {finding}"),
    prevalence_caption="Anteil der Untersuchungen mit Label, die den Befund haben, je Teil, mit "
    "{level}-Intervallen ({methods}). Kleine Gruppen werden nicht gezeigt.",
    prevalence_cell="{share} ({interval}); {positive} von {studies}",
    apart="Test gegen Training",
    all_patients="Alle Patienten",
    median_of="{attribute}, Median (Quartile)",
    quartiles="{value} ({low} bis {high})",
    otherwise="Wenn anders gezählt würde",
    otherwise_caption="{finding}: andere Einheiten als die Untersuchung, und ein Teil der "
    "Testlabels zufällig umgedreht. Bei umgedrehten Labels sagt das Intervall, wie weit 200 "
    "Ziehungen streuen.",
    truth_caption="{finding}: wenn der Referenzstandard {found} derer findet, die ihn haben, und "
    "{cleared} der anderen entlastet, und bei anderen Patienten irrt als das Modell (Staquet "
    "1981). Wo beide bei denselben irren, liegt die Wahrheit niedriger.",
    truth_columns=("{measure}, wie beurteilt", "{measure}, gegen die Wahrheit"),
    as_judged="Wie beurteilt",
    false_positive_rate="1 − Spezifität",
    true_positive_rate="Sensitivität",
    mean_score="Mittlerer Score",
    observed="Anteil mit dem Befund",
    prevalence_line="an allen Untersuchungen: {share}",
    two_by_two_caption="{finding}: die Anzahlen dahinter, beurteilte Untersuchungen, nach Modell.",
    two_by_two_columns=(
        "Modell",
        "Schwelle",
        "Gefunden",
        "Übersehen",
        "Falsche Alarme",
        "Zu Recht entlastet",
    ),
    gallery="Die schlimmsten Fehler",
    gallery_both="Die schlimmsten Fehler und einige richtige Entscheidungen",
    gallery_hint="Nach fester Regel, nicht von Hand: bis zu vier übersehene und vier falsche "
    "Alarme mit dem falschesten Score, dazu zufällig zwei von jeder Art richtiger Entscheidung, "
    "je Art einer je Patient.",
    gallery_none="Es gibt keine Fehler zu zeigen oder keine Schwelle, an der zu irren wäre.",
    gallery_columns=("Fall", "Fehler", "Befund", "Score"),
    gallery_caption="{finding}, Score {score}",
    gallery_alt="Aufnahme, {error}: {finding}, Score {score}",
    not_pictured="Nicht abgebildet: Aufnahmen, die eingebrannten Text tragen könnten, sind es nie, "
    "und Bilder lassen sich abschalten.",
    flow="Von den Aufnahmen zu den beurteilten Untersuchungen",
    flow_hint="Was ausgelassen wurde, wo und warum.",
    flow_counts="{films} Aufnahmen · {studies} Untersuchungen · {patients} Patienten",
    flow_films="{films} Aufnahmen",
    flow_lost="ausgelassen: {reason}",
    flow_before="vorher beiseitegelegte Dateien: {reason}",
    flow_unaccounted="{films} Aufnahmen sind nicht erklärt",
    not_closing="diese Anzahlen gehen nicht auf",
    flow_judged_caption="Untersuchungen des beurteilten Teils, Befund für Befund",
    refer="An die Radiologie verweisen",
    refer_hint="Ein Score, der nicht sicher genug ist, wird nicht entschieden: die Untersuchung "
    "wird befundet. Wo die Schnitte liegen, wurde allein an den Kalibrierungspatienten gewählt; "
    "was das bewirkt, wird an den Testpatienten beurteilt.",
    promise="So gewählt, dass {bounds}, mit {confidence} Sicherheit gegeben die {patients} "
    "Kalibrierungspatienten (exakte Binomialschranken, Learn then Test). Das ist ein Versprechen "
    "für Patienten wie diese, dieses Hauses zu dieser Zeit, und zählt Patienten mit klarem Label.",
    bound_absent="höchstens {bound} der verneinten Patienten {finding} haben",
    bound_present="höchstens {bound} der bejahten Patienten {finding} nicht haben",
    bounds_and=" und ",
    cuts_caption="{finding}: zwischen den beiden Scores wird verwiesen.",
    cuts_columns=(
        "Modell",
        "Verneint unter",
        "Kalibrierungspatienten",
        "Bejaht ab",
        "Kalibrierungspatienten",
    ),
    cut_of="{wrong} von {decided} falsch",
    referred_caption="{finding}: an den Testpatienten. Verwiesen zählt Untersuchungen, falsch "
    "zählt Patienten; {level}-Intervalle.",
    who_caption="{finding}: wer verwiesen wird ({own}). Kleine Gruppen werden nicht gezeigt.",
    who_columns=("", "Patienten", "Verwiesen"),
    risk_caption="Risiko und Abdeckung von {finding}: der Anteil falscher Entscheidungen, wenn die "
    "Untersuchungen nächst der Schwelle des Hauses zuerst verwiesen werden. Am rechten Ende wird "
    "jede entschieden.",
    share_decided="Anteil entschiedener Untersuchungen",
    share_wrong="Davon falsch",
    unusual="Aufnahmen, die denen des Trainings nicht gleichen",
    unusual_hint="Wie weit eine Aufnahme in den letzten Merkmalen des Netzes von denen des "
    "Trainings liegt (Mahalanobis-Abstand). Die Grenze ist an den Kalibrierungspatienten gesetzt.",
    unusual_says="{share} ({interval}) der Testuntersuchungen haben eine Aufnahme jenseits der "
    "Grenze. Sie ist so gesetzt, dass höchstens {limit} von Patienten wie denen der Kalibrierung "
    "eine haben: deutlich mehr heißt, dass sich die Testpatienten oder ihre Aufnahmen von denen "
    "des Trainings unterscheiden. Wie das Modell an ihnen abschneidet, steht bei den Gruppen.",
    unusual_none="Es ließ sich keine Grenze setzen: {reason}.",
    unusual_caption="Wer eine Aufnahme hat, die denen des Trainings nicht gleicht. Kleine Gruppen "
    "werden nicht gezeigt.",
    unusual_columns=("", "Patienten", "Mit einer solchen"),
    unlike="Aufnahmen, die denen des Hauses nicht gleichen",
    unlike_hint="Jede Testaufnahme wurde an das gehalten, was im Profil {site} an Aufnahmen ihrer "
    "Projektion gemessen ist: an ihre Grauwerte und an ihre feinen Einzelheiten. Anders ist, was "
    "von der Mitte jeder Gruppe weiter entfernt ist als vier ihrer eigenen Streuungen.",
    unlike_says="{flagged} von {patients} Testpatienten haben eine solche Aufnahme; das sind "
    "{share} ({interval}) der beurteilten Untersuchungen. Wie das Modell an ihnen abschneidet, "
    "steht bei den Gruppen.",
    unlike_none="{flagged} von {patients} Testpatienten haben eine solche Aufnahme.",
    unlike_unread="{unread} von {films} Testaufnahmen ließen sich nicht messen und zählen nicht.",
    unlike_reasons=_fixed(
        greys="Grauwerte",
        detail="Feine Einzelheiten",
        view="Keine Aufnahme dieser Projektion im Profil",
    ),
    unlike_few="nicht gezeigt",
    unlike_why_caption="Worin, jeder Patient einmal. Kleine Gruppen werden nicht gezeigt.",
    unlike_why_columns=("Worin", "Patienten"),
    unlike_caption="Wer eine Aufnahme hat, die denen des Hauses nicht gleicht. Kleine Gruppen "
    "werden nicht gezeigt.",
    again="Dieselben Aufnahmen noch einmal gelesen",
    again_hint="Einige Testaufnahmen, bei jeder Beurteilung dieselben, werden neu aus ihren "
    "Dateien dekodiert und einzeln bewertet. Zu erwarten ist, dass sich nichts ändert außer den "
    "letzten Stellen eines Scores.",
    again_says="{films} Aufnahmen von {cases} Testfällen wurden noch einmal gelesen und bewertet.",
    again_gone="Bei {gone} Fällen lässt sich eine Datei nicht mehr öffnen.",
    again_refused="{refused} Fälle lassen sich nicht mehr dekodieren, wurden aber zuvor bewertet.",
    again_pictures="{pictures} Aufnahmen ergeben nicht das Bild, das beurteilt wurde.",
    again_caption="Was sich änderte, als Testaufnahmen noch einmal gelesen und bewertet wurden.",
    again_columns=("", "Größte Differenz eines Scores", "Geänderte Entscheidungen"),
    again_calls="{changed} von {calls}",
    again_no_calls="nichts wird entschieden",
    alone="Ohne einen Menschen beantwortet",
    alone_hint="Eine Klasse, die nicht sicher genug ist, wird nicht gesagt: ein Mensch "
    "entscheidet. Ab welcher Wahrscheinlichkeit sie sicher genug ist, wurde allein an den "
    "Kalibrierungsuntersuchungen gewählt; was das bewirkt, ist an den Testuntersuchungen beurteilt "
    "und steht in den Tabellen oben.",
    alone_promise="So gewählt, dass von den Patienten, denen ohne einen Menschen geantwortet wird, "
    "mindestens {precision} durchweg richtige Antworten bekommen, mit einem Vertrauen von "
    "{confidence} bei den {patients} Kalibrierungspatienten (exakte Binomialschranken, Learn then "
    "Test). Das gilt für Untersuchungen wie diese, von diesem Ort zu dieser Zeit.",
    alone_caption="{finding}: die Wahrscheinlichkeit, ab der eine Klasse gesagt wird.",
    alone_columns=("Modell", "Gesagt ab", "Kalibrierungspatienten"),
    alone_nothing="ohne einen Menschen wird nichts gesagt: {reason}",
    sealed="Der versiegelte Testsatz",
    sealed_hint="Der Testteil wurde bei der Aufteilung versiegelt. Jeder Blick darauf, aus jedem "
    "Lauf, ist eine Zeile in einem Protokoll, das nur wächst, geschrieben, bevor etwas bewertet "
    "wird.",
    sealed_first="Dieser Testsatz wurde einmal benutzt; die Hauptanalyse wurde am {declared} "
    "erklärt, davor.",
    sealed_used="Dieser Testsatz wurde {looks}-mal benutzt; die Hauptanalyse wurde am {declared} "
    "vor dem ersten Mal erklärt.",
    sealed_changed="Vor dem ersten Blick wurde die erklärte Analyse {n}-mal geändert; plan.yaml "
    "sagt, wann.",
    sealed_smaller="Er vergrößert Version {version} mit {cases} Fällen, die vorher oder seitdem "
    "{looks}-mal benutzt wurde.",
    sealed_other="{cases} seiner Fälle sind auch in einem anderen Testteil dieses Arbeitsordners "
    "({split}), der {looks}-mal benutzt wurde.",
    departures_caption="Was nicht wie erklärt ist, ist explorativ.",
    departure_columns=("Einstellung", "Erklärt", "Hier", "Betrifft"),
    departs_primary="das Urteil",
    departs_aside="was daneben steht",
    looks_caption="Jeder Blick darauf: Version {version}, {cases} Fälle, versiegelt am {sealed}",
    looks_columns=("Blick", "Wann", "Was", "Weicht ab in", "Prüfsumme"),
    as_declared="wie erklärt",
    record="Wie es entstand",
    record_hint_table="Genug, um es an derselben Tabelle zu wiederholen.",
    record_hint="Genug, um es zu wiederholen. Der ganze Lauf steht in run.yaml neben dieser Seite; "
    "die Namen der Einstellungen sind Englisch.",
    warnings="Alle Anmerkungen der Beurteilung",
    card=_fixed(
        title="Modellkarte: {title}",
        intervals="In Klammern: {interval}.",
        use="Vorgesehener Gebrauch",
        for_what="Wofür, an welcher Stelle der Versorgung",
        users="Wer es benutzt, und was er wissen muss",
        not_for="Wofür es nicht benutzt werden darf",
        fairness="Fairness",
        no_groups="Es wurden keine Gruppen von Patienten einzeln beurteilt.",
        universality="Übertragbarkeit",
        site="Haus",
        traceability="Nachvollziehbarkeit",
        usability="Gebrauch",
        robustness="Robustheit",
        explainability="Erklärbarkeit",
        explained="Worauf das Modell schaut, und ob das die Krankheit ist",
        contact="Kontakt und Lizenz",
        who="Wer dafür einsteht",
        licence="Unter welcher Lizenz und von wem es benutzt werden darf",
    ),
    draft="Entwurf",
    final="Endfassung",
    stated="Was Menschen dazu sagen",
    stated_hint="Gedruckt, wie es geschrieben wurde: nichts davon wurde hier gemessen.",
    statements=_fixed(
        intended_use="Zweckbestimmung",
        users="Wer es benutzt",
        not_for="Wofür es nicht benutzt werden darf",
        setting="Ort und Zeit",
        participants="Wie die Patienten gefunden wurden",
        spectrum="Schweregrad und andere Diagnosen",
        reference_standard="Referenzstandard",
        blinding="Verblindung",
        sample_size="Fallzahl",
        harms="Unerwünschte Ereignisse",
        inequalities="Gesundheitliche Ungleichheit",
        explanation="Wohin das Modell sieht",
        ethics="Ethikvotum",
        registration="Registrierung",
        protocol="Studienprotokoll",
        data_sharing="Daten und Programme",
        funding="Finanzierung",
        conflicts="Interessenkonflikte",
        involvement="Beteiligung von Patienten und Öffentlichkeit",
        contact="Wer dafür einsteht",
        licence="Lizenz",
    ),
    checklists="Checklisten",
    checklists_hint="Wo in diesem Bericht ein Punkt dreier Berichtsleitlinien beantwortet wird. "
    "Dass ein Ort genannt ist, heißt nicht, dass dort alles steht; was keinen Ort hat, braucht "
    "einen Menschen. Die Leitlinien sind Englisch.",
    checklist_columns=("Punkt", "Was gefragt ist", "Wo in diesem Bericht"),
    not_reported="nicht berichtet, braucht einen Menschen",
    needs_person="{n} von {of} Punkten brauchen einen Menschen",
    generic_note="Generisch heißt hier nur ein Modell, das mit einem Kopf für den Befund kam. Ein "
    "lokaler Kopf auf generischen Merkmalen lernte an denselben Aufnahmen, das vortrainierte Netz "
    "blieb, wie es war: er zeigt, was das Nachtrainieren hinzufügt.",
)
