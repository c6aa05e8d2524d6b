"""What exports in German, French and Spanish call the columns of records, and those in English that no source is of: for suggestions to a person, who confirms them."""

WORDS = {
    "key": "nummer; ticketnummer; vorgang; vorgangsnr; vorgangsnummer; störungsnummer; kennung; numéro; référence; identifiant; "
    "numéro de ticket; número; identificador; referencia; número de ticket",
    "effective_at": "aktualisiert; aktualisiert am; geändert am; letzte änderung; mis à jour; mis à jour le; modifié le; "
    "dernière modification; actualizado; actualizado el; fecha de actualización; última modificación",
    "title": "headline; label; titel; kurzbeschreibung; betreff; zusammenfassung; bezeichnung; titre; objet; résumé; description courte; intitulé; "
    "título; asunto; resumen; descripción breve",
    "severity": "priorität; schweregrad; dringlichkeit; kritikalität; stufe; priorité; gravité; sévérité; criticité; prioridad; "
    "gravedad; severidad; criticidad",
    "status": "zustand; bearbeitungsstand; état; statut; estado; situación",
    "state": "zustand; état; statut; estado",
    "services": "system; application; anwendung; système; sistema; dienst; betroffener dienst; geschäftsdienst; service métier; service concerné; service impacté; servicio; "
    "servicio afectado; servicio de negocio",
    "service": "dienst; geschäftsdienst; service métier; servicio; servicio de negocio",
    "components": "komponente; konfigurationselement; composant; élément de configuration; componente; elemento de configuración",
    "opened_at": "eröffnet; eröffnet am; geöffnet am; erstellt; erstellt am; gemeldet am; angelegt am; ouvert le; créé; créé le; "
    "date d'ouverture; date de création; abierto; abierto el; creado; creado el; fecha de apertura; fecha de creación",
    "occurred_at": "aufgetreten am; eingetreten am; survenu le; date de l'incident; ocurrido el; fecha del incidente",
    "detected_at": "erkannt am; entdeckt am; détecté le; date de détection; detectado el; fecha de detección",
    "acknowledged_at": "angenommen am; bestätigt am; pris en charge le; acquitté le; reconocido el; fecha de asignación",
    "contained_at": "eingedämmt am; contenu le; confiné le; contenido el; fecha de contención",
    "restored_at": "gelöst; gelöst am; behoben am; wiederhergestellt am; résolu; résolu le; rétabli le; date de résolution; resuelto; "
    "resuelto el; restablecido el; fecha de resolución",
    "resolved_at": "gelöst am; behoben am; résolu le; date de résolution; resuelto el; fecha de resolución",
    "reported_at": "an die behörde gemeldet am; notifié le; date de notification; notificado el; fecha de notificación",
    "closed_at": "geschlossen; geschlossen am; erledigt; erledigt am; abgeschlossen am; fermé le; clos le; clôturé le; "
    "date de fermeture; date de clôture; cerrado; cerrado el; fecha de cierre",
    "impact": "auswirkung; auswirkungen; effet; impacto; afectación",
    "outage_started_at": "beginn; ausfall von; ausfallbeginn; beginn des ausfalls; début; début de la panne; début d'interruption; "
    "inicio; inicio de la interrupción; inicio de la caída",
    "outage_ended_at": "end; ended; finished; ende; ausfall bis; ausfallende; ende des ausfalls; fin; fin de la panne; fin d'interruption; fin de la interrupción; "
    "fin de la caída",
    "ended_at": "finished; end; ende; fin",
    "caused_by": "ursache; verursacht durch; cause; causé par; causa; causado por",
    "supplier": "lieferant; dienstleister; fournisseur; prestataire; proveedor",
    "problem": "problème; problema",
    "change": "änderung; changement; cambio",
    "recorded_cost": "kosten; schaden; coût; coûts; préjudice; coste; costo; pérdida",
    "hours_worked": "arbeitsstunden; aufwand in stunden; heures travaillées; horas trabajadas",
    "clients_affected": "betroffene kunden; clients touchés; clients concernés; clientes afectados",
    "team": "gruppe; zuweisungsgruppe; bearbeitergruppe; équipe; groupe; groupe d'affectation; equipo; grupo; grupo de asignación",
    "asset": "rechner; gerät; server; rechnername; machine; équipement; serveur; poste; equipo; servidor; máquina; activo",
    "patch": "kb; update; aktualisierung; correctif; mise à jour; parche; actualización",
    "first_seen_at": "erstmals gesehen; erstmals gesehen am; erste erkennung; première détection; vu la première fois; "
    "primera detección; visto por primera vez; found on; discovered on; detected on; entdeckt am; gefunden am; festgestellt am; "
    "détecté le; découvert le; detectado el; descubierto el",
    "released_at": "veröffentlicht am; publié le; date de publication; publicado el; fecha de publicación",
    "due_at": "deadline; fällig; fällig am; frist; termin; fälligkeitsdatum; échéance; date d'échéance; date limite; vencimiento; "
    "fecha de vencimiento; fecha límite; plazo",
    "fixed_at": "patched; patched on; installiert am; behoben am; corrigé le; installé le; corregido el; instalado el",
    "name": "bezeichnung; nom; nombre",
    "business_unit": "geschäftsbereich; bereich; abteilung; direction; département; unité; unidad de negocio; departamento; área",
    "owner": "verantwortlich; verantwortlicher; zuständig; eigentümer; inhaber; responsable; propriétaire; propietario",
    "last_seen_at": "zuletzt gesehen; zuletzt gesehen am; letzter kontakt; dernière activité; vu la dernière fois; visto por última vez; "
    "último contacto",
    "control": "kontrolle; maßnahme; contrôle; mesure; control de seguridad",
    "framework": "standard; scheme; rahmenwerk; norm; référentiel; norme; marco; norma",
    "result": "ergebnis; résultat; resultado",
    "tested_at": "geprüft am; prüfdatum; testé le; date du test; probado el; fecha de prueba",
    "scope": "geltungsbereich; périmètre; alcance",
    "auditor": "firm; audit firm; audited by; assessor; certification body; prüfer; auditeur",
    "opinion": "prüfurteil; urteil; avis; opinión; dictamen",
    "raised_at": "festgestellt am; aufgenommen am; constaté le; date du constat; detectado el; fecha del hallazgo",
    "completed_at": "finished; finished on; done; done on; ended; abgeschlossen am; absolviert am; terminé le; date de fin; completado el; finalizado el; fecha de finalización",
    "reason": "grund; begründung; motif; raison; justification; motivo; razón; justificación",
    "approver": "genehmigt von; genehmiger; approuvé par; approbateur; aprobado por",
    "from_at": "gültig ab; von; ab; valable à partir du; à partir du; válido desde; desde",
    "until_at": "gültig bis; bis; jusqu'au; valable jusqu'au; hasta; válido hasta",
    "person": "mitarbeiter; mitarbeiterin; collaborateur; employé; salarié; empleado; trabajador",
    "last_day_at": "letzter arbeitstag; austrittsdatum; austritt; dernier jour; date de départ; date de sortie; último día; fecha de baja",
    "access_removed_at": "zugang entzogen am; konto gesperrt am; accès retiré le; compte désactivé le; acceso retirado el; "
    "cuenta desactivada el",
    "course": "kurs; schulung; cours; formation; curso; formación",
    "assigned_at": "zugewiesen am; assigné le; attribué le; asignado el",
    "client": "kunde; mandant; cliente",
    "score": "bewertung; note; puntuación",
    "answered_at": "beantwortet am; répondu le; date de réponse; respondido el; fecha de respuesta",
    "category": "kategorie; catégorie; categoría",
    "likelihood": "eintrittswahrscheinlichkeit; wahrscheinlichkeit; probabilité; vraisemblance; probabilidad",
    "consequence": "schadensausmaß; auswirkung; conséquence; consecuencia",
    "treatment": "behandlung; traitement; tratamiento",
    "cost_per_hour": "kosten je stunde; kosten pro stunde; coût par heure; coût horaire; coste por hora",
}
WORDS = {column: tuple(words.split("; ")) for column, words in WORDS.items()}
# What their cells say, of columns whose values are chosen from; text -> value.
VALUES = {
    "severity": {
        "kritisch": 1, "critique": 1, "crítico": 1, "crítica": 1,
        "hoch": 2, "majeur": 2, "majeure": 2, "mayor": 2, "mineur": 4, "mineure": 4, "menor": 4, "élevé": 2, "élevée": 2, "haute": 2, "alto": 2, "alta": 2,
        "mittel": 3, "moyen": 3, "moyenne": 3, "medio": 3, "media": 3,
        "niedrig": 4, "gering": 4, "faible": 4, "bas": 4, "basse": 4, "bajo": 4, "baja": 4,
    },
    "status": {
        "offen": "open", "neu": "open", "ouvert": "open", "nouveau": "open", "abierto": "open", "nuevo": "open",
        "gelöst": "resolved", "behoben": "resolved", "erledigt": "resolved", "résolu": "resolved", "resuelto": "resolved",
        "geschlossen": "closed", "abgeschlossen": "closed", "fermé": "closed", "clos": "closed", "cerrado": "closed",
        "storniert": "cancelled", "abgebrochen": "cancelled", "annulé": "cancelled", "cancelado": "cancelled",
    },
    "state": {
        "offen": "open", "neu": "open", "fehlt": "open", "ouvert": "open", "manquant": "open", "abierto": "open", "pendiente": "open",
        "behoben": "fixed", "gelöst": "fixed", "installiert": "fixed", "erledigt": "fixed", "geschlossen": "fixed",
        "corrigé": "fixed", "installé": "fixed", "résolu": "fixed", "corregido": "fixed", "instalado": "fixed", "resuelto": "fixed",
        "akzeptiert": "excepted", "ausnahme": "excepted", "accepté": "excepted", "aceptado": "excepted",
    },
    "impact": {
        "ausfall": "outage", "panne": "outage", "interruption": "outage", "interrupción": "outage", "caída": "outage",
        "unavailable": "outage", "down": "outage", "nicht verfügbar": "outage", "service indisponible": "outage",
        "indisponible": "outage", "servicio no disponible": "outage", "no disponible": "outage",
        "beeinträchtigung": "degradation", "dégradation": "degradation", "degradación": "degradation",
        "keine": "none", "aucun": "none", "ninguno": "none",
        "wartung": "maintenance", "maintenance": "maintenance", "mantenimiento": "maintenance",
    },
}  # fmt: skip
