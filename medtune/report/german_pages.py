"""Was die kleineren Seiten sagen, auf Deutsch: Prüfung der Labels, Karten, Beobachtung."""

from medtune.report.audit_words import AuditWords
from medtune.report.locate_words import LocateWords
from medtune.report.monitor_words import MonitorWords

AUDIT = AuditWords(
    name="Prüfung der Labels",
    suspected="Einigen Labels widersprechen ihre Aufnahmen öfter, als Zufall erklärt. Jede davon "
    "muss sich ein Mensch ansehen: Label oder Netz, eines von beiden irrt.",
    no_suspicion="Kein Verdacht über den Zufall hinaus: wo Aufnahmen ihren Labels widersprechen, "
    "erklärt es der Zufall oder ein Netz, das nicht jeden Befund sieht. Das ist kein Beweis, dass "
    "alle Labels stimmen.",
    not_told="Ob Labels falsch sind, lässt sich nicht sagen: von jedem Befund gibt es zu wenige "
    "Patienten, oder das Netz sieht ihn kaum.",
    says="Ein eingefrorenes Netz mit einem linearen Kopf, der nur aus anderen Patienten gelernt "
    "hatte, sagte von jeder Aufnahme, ob der Befund da ist. Verdächtig ist ein Label, das danach "
    "eher falsch als richtig ist; ein Netz, das schwer Sichtbares übersieht, hält richtige Labels "
    "für falsch: die Wahrscheinlichkeiten hier sind also die des Netzes und nicht die eines "
    "Befunders.",
    fill="Wo das Bild zu klein ist, die Aufnahme im Original ansehen und in {sheet} in die Spalte "
    "'verdict' schreiben: right, wrong oder cannot tell.",
    splits="Hier stehen nur Aufnahmen aus train und tune; Kalibrierung und Test wurden nicht "
    "angesehen.",
    shares="Wie viele Labels falsch sind",
    shares_hint="Geschätzter Anteil falscher Labels unter denen, die vorhanden sagen, und denen, "
    "die nicht vorhanden sagen, mit 95-%-Intervallen. Falsch ist, dem die Aufnahme in den Augen "
    "dieses Netzes widerspricht.",
    columns=("Befund", "Label", "Labels", "Davon falsch", "Verdächtige"),
    given={"present": "vorhanden", "absent": "nicht vorhanden"},
    to="bis",
    none="kein Verdacht über den Zufall hinaus",
    order="Die verdächtigsten zuerst. Die Wahrscheinlichkeit, dass ein Label falsch ist, ist "
    "geschätzt.",
    labelled="Label: {given}",
    sure="zu {sure} % wahrscheinlich falsch · nach der Aufnahme zu {score} % vorhanden",
    alt="Verdächtige Aufnahme: {finding} hat das Label {given}",
    away="Kein Bild: diese Aufnahme kann Text im Bild tragen, oder Bilder sind ausgeschaltet.",
)

LOCATE = LocateWords(
    name="Wohin es sah",
    warning="Diese Karten erklären die Entscheidungen nicht. Sie zeigen, welche Stellen einer "
    "Aufnahme den Score bewegten oder woher Aufmerksamkeit floss; ein falscher Grund kann richtig "
    "aussehen und ein richtiger falsch.",
    methods={
        "grad_cam": "Grad-CAM (Selvaraju et al. 2017) für {finding}: je heller, desto mehr hob "
        "eine "
        "Stelle den Score. Die Karte ist so grob wie die letzte Merkmalskarte des Netzes.",
        "rollout": "Attention Rollout (Abnar und Zuidema 2020): je heller, desto mehr von dem, was "
        "das Netz sah, kam von einer Stelle. Sie ist für alle Befunde gleich.",
    },
    rule="Nach fester Regel und nicht von Hand: die je {each} schlimmsten übersehenen Befunde und "
    "falschen Alarme, und {each} richtige Entscheidungen jeder Art, zufällig gezogen (Startwert "
    "{seed}), je Patient eine.",
    sanity="Hängen die Karten an dem, was gelernt wurde?",
    sanity_says="Dieselben Aufnahmen durch dasselbe Netz, die Werte aller Gewichte vertauscht, "
    "sodass es nichts weiß (Adebayo et al. 2018). Mittlere Rangkorrelation der beiden Karten: "
    "{mean}, von {least} bis {greatest} über {n} Aufnahmen.",
    sanity_without="Aufnahmen, bei denen eine der beiden Karten leer ist, weil dort nichts für den "
    "Befund spricht: {n}. Sie zählen für keine Seite.",
    sanity_none="Keine Aufnahme hat beide Karten; ob sie am Training hängen, lässt sich also nicht "
    "sagen. Nicht deuten.",
    sanity_differ="Die Karten ändern sich, wenn das Gelernte wegfällt: sie hängen am Training.",
    sanity_alike="Die Karten ändern sich kaum, wenn das Gelernte wegfällt: sie zeigen die Kanten "
    "der Aufnahmen und sagen nichts über das Gelernte. Nicht deuten.",
    drawn={"box": "Rahmen", "mask": "Maske"},
    overlap="Wo jemand gezeichnet hat ({drawn})",
    overlap_says="Die hellste Stelle liegt in {hits} von {n} Aufnahmen innen ({drawn}; "
    "{interval}); eine blind gesetzte läge es in {chance}. Von der Karte liegen {share} innen.",
    left_out="{drawn} von {n} der Aufnahmen nicht benutzt, {reason}: {films}.",
    groups={
        "false negative": "Übersehen",
        "false positive": "Falsche Alarme",
        "true positive": "Gefunden",
        "true negative": "Zu Recht ohne Befund",
    },
    score="Score {score}",
    alt="{group}, Score {score}: die Aufnahme, und wohin das Netz sah",
    away="kein Bild: sie kann Text im Bild tragen",
    nothing="Einen solchen Fall gibt es nicht.",
    private="Das sind Bilder von Patienten: die Seite lassen, wo sie ist.",
)

MONITOR = MonitorWords(
    name="Beobachtung",
    verdicts={
        "steady": "Nicht noch einmal prüfen: nichts, was verglichen wurde, hat sich über den "
        "Zufall "
        "hinaus und stark verschoben.",
        "watch": "Im Auge behalten: etwas hat sich über den Zufall hinaus verschoben, wenn auch "
        "nicht "
        "stark.",
        "look_again": "Noch einmal prüfen: was jetzt hereinkommt, dafür gilt der Bericht "
        "vielleicht "
        "nicht.",
        "not_judged": "Zu wenige Patienten, um etwas zu sagen: mehr abwarten.",
    },
    few_judged="Der Testteil des Berichts hat zu wenige Patienten ({old}; {fewest} sind nötig), um "
    "etwas damit zu vergleichen: daran ändern noch so viele neue nichts.",
    levels={
        "steady": "unverändert",
        "watch": "etwas verschoben",
        "look_again": "stark verschoben",
        "not_judged": "nicht beurteilt",
    },
    patients="{new} neue Patienten, verglichen mit {old} Patienten des Testteils des Berichts.",
    says="Neue Aufnahmen, ihre Header und ihre Scores werden mit den Testaufnahmen des Berichts "
    "verglichen. Ein Patient zählt als einer. Zufall wird ausgeschlossen, indem die Patienten neu "
    "auf alt und neu verteilt werden, über alle Größen zugleich; wie weit zwei Histogramme "
    "auseinander liegen, sagt der Population Stability Index (PSI): unter 0,1 wenig, ab 0,25 viel.",
    no_labels="Keine neue Aufnahme hat ein Label: ob das Modell noch findet, was da ist, lässt "
    "sich aus Eingaben und Scores allein nicht sagen.",
    moved="Was sich verschoben hat",
    nothing="Nichts.",
    number="{quantity}: Median {old} damals, {new} jetzt",
    category="{quantity}: {most} {old} damals, {new} jetzt",
    measured="{target}, {measure}: {old} damals, {new} jetzt",
    every="Alles, was verglichen wurde",
    every_caption="Die größten zuerst, Stufe für Stufe; p ist für alle angepasst (Holm).",
    columns=("Größe", "", "PSI", "KS", "p", "Damals", "Jetzt"),
    unusual="{flagged} von {patients} neuen Patienten haben eine Aufnahme, die denen nicht "
    "gleicht, aus denen gelernt wurde; erklärt waren höchstens {declared}.",
    unlike="{flagged} von {patients} neuen Patienten haben eine Aufnahme, die den in "
    "{site} gemessenen nicht gleicht;",
    unlike_before="von den Testpatienten des Berichts hatten {flagged} von {patients} eine",
    unlike_unknown="die Testaufnahmen des Berichts wurden nicht an dieses Profil gehalten.",
    unlike_why="Worin sie nicht gleichen, jeder Patient einmal: {why}.",
    unlike_reasons={
        "greys": "Grauwerte",
        "detail": "feine Einzelheiten",
        "view": "eine Projektion, die dort niemand maß",
    },
    few="(nicht gezeigt)",
    labels="Mit Labels",
    labels_caption="Maße der neuen Aufnahmen mit Label, mit 95-%-Intervallen je Patient, neben "
    "denen des Berichts.",
    labels_columns=("Befund", "Maß", "", "Damals", "Jetzt", "p"),
    refused="Abgelehnt: {films} Aufnahmen, {reason}",
    missing="Nur eines von beiden hat es, deshalb nicht verglichen: {names}.",
    of="{most} {share}",
)
