/*
title    = "Client trust score"
question = "Do our clients trust us?"
also     = ["NPS", "net promoter score", "CSAT", "customer satisfaction"]
kind     = "score"
unit     = "score"
better   = "higher"
board    = 5
by       = ["service", "business_unit", "measure"]
owners   = ["CIO", "CISO"]
reads    = ["client_score"]
items    = "client"
unique   = true
matters  = "1 point"
says     = "Clients score us {value} out of 100 ({n:answer|answers})."
dated_by = "when the client answered"
method   = "The mean of the answers to one survey measure, each from 0 to 100: trust where it is asked, else the measure with the most answers."
pitfalls = "Only those who answered: read it with the response rate. Answers to other measures are left out, since a mix of measures is no score."
*/
select record_id, "at", score, services, business_units, client, measure, invited, as_of, left_out
from client_answer
